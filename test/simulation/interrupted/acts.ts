/** What is interrupted, and what has to be so afterwards, however far it came. */
import assert from "node:assert/strict";
import type { OpenArchive } from "../../../src/archive/index.ts";
import { codeOf } from "../../../src/core/index.ts";
import { layoutOf, verifyArchive } from "../../../src/vault/index.ts";
import { by } from "../acts.ts";
import { readdir, readFile } from "../disk/promises.ts";
import { fileOf } from "../parts/machine.ts";
import { keyFile, put, type Stage } from "./stage.ts";

const day = 24 * 60 * 60 * 1000;

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

async function allIsRead(stage: Pick<Stage, "stored">, archive: OpenArchive): Promise<void> {
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

/** The newest version of each of a patient's objects, hidden or not: what is read of it, or why it is not. */
async function readHidden(stage: Stage, archive: OpenArchive, whose: string): Promise<string[]> {
  const found: string[] = [];
  for (const { tenant, uid, patient, digest } of stage.stored) {
    if (patient !== whose) continue;
    const ref = (await archive.tenant(tenant).versions(uid)).at(-1)!;
    const read = await fileOf(archive.tenant(tenant), ref).catch((error) => codeOf(error));
    found.push(read === digest ? "whole" : read);
  }
  return found;
}

const segmentsIn = async (stage: Stage): Promise<number[]> =>
  ((await readdir(layoutOf(stage.dataFolder).vault)) as string[])
    .filter((name) => name.endsWith(".hfs"))
    .map((name) => Number.parseInt(name, 10));

const collect: Act = {
  async prepare(stage) {
    for (let count = 0; count < 3; count++) await put(stage, "default", "C");
    for (let count = 0; count < 7; count++) await put(stage, "default", "A");
    await put(stage, "default", "B");
    for (let count = 0; count < 7; count++) await put(stage, "north", "A");
    await stage.archive.delete(by("anna"), { patientId: "A" });
    await stage.archive.tenant("north").delete(by("anna"), { patientId: "A" });
    stage.world.step(2 * day);
  },
  act: (archive) => archive.collecting.collect(event("collect")),
  async after(stage, archive) {
    const kept = () => allIsRead({ ...stage, stored: stage.stored.filter(({ patient }) => patient !== "A") }, archive);
    await kept();
    for (const read of await readHidden(stage, archive, "A")) assert.match(read, /^(whole|storage\/collected)$/);
    await archive.collecting.collect(event("collect"));
    await kept();
    const gone = await readHidden(stage, archive, "A");
    assert.ok(gone.filter((read) => read === "storage/collected").length >= 4, String(gone));
    const places = stage.stored.map(async ({ tenant, uid }) => (await archive.tenant(tenant).versions(uid)).at(-1)!);
    const before = Math.max(...(await Promise.all(places)).map(({ location }) => segmentOf(location)));
    await stage.stop();
    const later = await stage.start();
    await put(stage, "default", "D");
    const [fresh] = await later.resolve({ sopInstanceUid: [stage.stored.at(-1)!.uid] });
    assert.ok(segmentOf(fresh!.location) > before, "no number is given twice");
    await stage.stop();
    assert.ok((await segmentsIn(stage)).length < stage.stored.length);
    await isGreen(stage);
    await allIsRead({ ...stage, stored: stage.stored.filter(({ patient }) => patient !== "A") }, await stage.start());
  },
};

const segmentOf = (location: unknown): number => (location as { location: { segment: number } }).location.segment;

const others = (stage: Stage): Pick<Stage, "stored"> => ({
  stored: stage.stored.filter(({ tenant, patient }) => tenant !== "default" || patient !== "A"),
});

const erase: Act = {
  async prepare(stage) {
    for (const patient of ["A", "B", "A"]) await put(stage, "default", patient);
    await put(stage, "north", "A");
    const { erasures } = stage.archive;
    const order = { id: "a", tenant: "default", patientId: "A", reason: "asked for", askedBy: "anna" };
    await erasures.confirm(await erasures.ask(order, event("ask")), "ben", event("confirm"));
    stage.world.step(2 * day);
  },
  async act({ erasures, keeping }) {
    await erasures.carryOut();
    await keeping.settle();
  },
  async after(stage, archive) {
    await allIsRead(others(stage), archive);
    await archive.erasures.carryOut();
    await archive.keeping.finishErasures();
    await archive.keeping.settle();
    const [order] = await archive.erasures.all();
    assert.ok(order!.doneAt !== undefined);
    const { root, settled, clinics } = await archive.keeping.state();
    assert.deepEqual(
      [root, settled, clinics.map(({ generation, behind }) => [generation, behind])],
      [
        2,
        true,
        [
          [2, 0],
          [1, 0],
        ],
      ],
    );
    for (const { tenant, patient, uid } of stage.stored) {
      if (tenant !== "default" || patient !== "A") continue;
      const [ref] = await archive.resolve({ sopInstanceUid: [uid] });
      await assert.rejects(fileOf(archive, ref!), { code: "storage/erased" });
    }
    await put(stage, "default", "B");
    await stage.stop();
    await isGreen(stage);
    await allIsRead(others(stage), await stage.start());
  },
};

export const acts: Record<string, Act> = { exchange, collect, erase };
