/** One act that goes down at one of its disk operations, and the start that follows. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { closeAll } from "../disk/promises.ts";
import { enter, World } from "../world/world.ts";
import type { Act } from "./acts.ts";
import { Stage } from "./stage.ts";

/** @returns false when the act came to its end before it was to go down */
export async function interrupt(
  act: Act,
  operations: number,
  how: "kill" | "power cut",
  scratch: string,
): Promise<boolean> {
  const folder = join(scratch, `${how.replace(" ", "-")}${operations}`);
  mkdirSync(folder, { recursive: true });
  const world = new World(1 + operations, folder);
  enter(world);
  try {
    return await world.run(async () => {
      const stage = new Stage(world);
      await stage.create();
      await act.prepare(stage);
      const { archive, disk } = stage;
      let fell = false;
      const down = disk.down.then(() => {
        fell = true;
      });
      disk.fallAfter(operations, how);
      await Promise.race([act.act(archive), down]);
      disk.standFirm();
      if (!fell) await stage.stop();
      await act.after(stage, await stage.start()).catch((error) => {
        throw new Error(`${how} at operation ${operations}: ${error.stack}`);
      });
      return fell;
    });
  } finally {
    for (const disk of world.disks.values()) disk.fall("kill");
    closeAll();
    enter(undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}
