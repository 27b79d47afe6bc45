/** What is interrupted, and what has to be so afterwards, however far it came. */
import assert from "node:assert/strict";
import type { OpenArchive } from "../../../src/archive/index.ts";
import { verifyArchive } from "../../../src/vault/index.ts";
import { readFile } from "../disk/promises.ts";
import { fileOf } from "../parts/machine.ts";
import { keyFile, put, type Stage } from "./stage.ts";

export interface Act {
  /** Before: always comes to its end. */
  prepare(stage: Stage): Promise<void>;
  /** What the machine goes down in. */
  act(archive: OpenArchive): Promise<unknown>;
  /** After a new start. */
  after(stage: Stage, archive: OpenArchive): Promise<void>;
}

const event = (operation: string) => ({
  time: "2026-04-20T00:00:00.000Z",
  activity: "admin" as const,
  status: "success" as const,
  protocol: "internal" as const,
  operation,
  actor: {},
  src_endpoint: {},
});

async function allIsRead(stage: Stage, archive: OpenArchive): Promise<void> {
  for (const { tenant, uid, digest } of stage.stored) {
    const of = archive.tenant(tenant);
    const [ref] = await of.resolve({ sopInstanceUid: [uid] });
    assert.equal(await fileOf(of, ref!), digest);
  }
}

const isGreen = async ({ dataFolder }: Stage): Promise<void> =>
  assert.deepEqual((await verifyArchive({ dataFolder, keyFile, threads: 0 })).problems, []);

const exchange: Act = {
  async prepare(stage) {
    for (const patient of ["A", "B"]) await put(stage, "default", patient);
    await put(stage, "north", "A");
  },
  async act(archive) {
    await archive.keeping.exchange(event("clinic"), { of: "clinic", tenant: "default" });
    await archive.keeping.exchange(event("root"), { of: "root" });
    await archive.keeping.settle();
  },
  async after(stage, archive) {
    await allIsRead(stage, archive);
    await put(stage, "default", "C");
    const again = await archive.keeping.unsettled();
    if (!again) await archive.keeping.exchange(event("root"), { of: "root" });
    await archive.keeping.settle();
    await allIsRead(stage, archive);
    const { root, settled, clinics } = await archive.keeping.state();
    assert.deepEqual([settled, clinics.every(({ behind }) => behind === 0)], [true, true]);
    const file = JSON.parse(String(await readFile(keyFile, "utf8")));
    assert.deepEqual([file.root.generation, file.next], [root, undefined]);
    await stage.stop();
    await isGreen(stage);
    // The key file of the first day opens all of it still.
    await stage.useFirstKeyFile();
    await allIsRead(stage, await stage.start());
  },
};

export const acts: Record<string, Act> = { exchange };
