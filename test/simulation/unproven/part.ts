/**
 * `part.ts [planted]`: a process is killed while it syncs the journal, and the system fails to write what it had taken:
 * it lies in the cache, clean, and no later sync says so (Rebello et al., USENIX ATC 2020). What is acknowledged upon it
 * must outlive a power cut. Says in how many worlds it did not.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install } from "../hooks.ts";

const worlds = 20;

install(
  process.argv[2] === undefined
    ? undefined
    : {
        name: "a sync that failed before a kill is made good by another",
        file: "vault/journal/writer.ts",
        right: "if (found) await file.renew(found.unproven);",
        wrong: "if (found) await file.sync();",
        breaks: ["acknowledgedIsKept"],
      },
);
const { verifyArchive } = await import("../../../src/vault/index.ts");
const { FileNode } = await import("../disk/node.ts");
const { closeAll } = await import("../disk/promises.ts");
const { keyFile, put, Stage } = await import("../interrupted/stage.ts");
const { enter, World } = await import("../world/world.ts");

const scratch = mkdtempSync(join(tmpdir(), "holdfast-unproven-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** Whether what was acknowledged is there, and green. */
async function keeps(seed: number): Promise<boolean> {
  const folder = join(scratch, String(seed));
  mkdirSync(folder);
  const world = new World(seed, folder);
  enter(world);
  try {
    return await world.run(async () => {
      const stage = new Stage(world);
      await stage.create();
      await put(stage, "default", "A");
      const { disk, dataFolder } = stage;
      disk.fallAtSync("0000000000000000.hfj", "kill");
      void put(stage, "default", "B").catch(() => {}); // never acknowledged
      await disk.down;
      stage.stored.length = 1;
      const journal = disk.find(["data", "journal", "0000000000000000.hfj"]);
      if (!(journal instanceof FileNode)) throw new Error("there is no journal");
      journal.failSync(world.random);
      await stage.start();
      await put(stage, "default", "C");
      disk.fall("power cut");
      const archive = await stage.start();
      for (const { uid } of stage.stored)
        if ((await archive.resolve({ sopInstanceUid: [uid] })).length === 0) return false;
      await stage.stop();
      return (await verifyArchive({ dataFolder, keyFile, threads: 0 })).problems.length === 0;
    });
  } catch {
    return false;
  } finally {
    for (const disk of world.disks.values()) disk.fall("kill");
    closeAll();
    enter(undefined);
  }
}

let lost = 0;
for (let seed = 1; seed <= worlds; seed++) if (!(await keeps(seed))) lost++;
process.stdout.write(`${lost}\n`);
