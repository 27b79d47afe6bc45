/** A patient is erased: for readers at once, for whoever has the machine and every replica once keys are exchanged. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { administered } from "../../test/support/administered.ts";
import { makeObject } from "../../test/support/made-object.ts";
import { replicatorOf } from "../../test/support/replicator.ts";
import { codeOf, systemClock } from "../core/index.ts";
import {
  JournaledKeys,
  type KeyChanges,
  layoutOf,
  ObjectKeys,
  openKeyFile,
  readJournal,
  verifyArchive,
} from "../vault/index.ts";
import { FolderTarget, restoreReplica } from "../vault/replica/index.ts";
import { openArchive } from "./archive.ts";
import { legalHolds } from "./holds.ts";
import type { OpenArchive } from "./open-archive.ts";
import { rebuildCatalogue } from "./rebuild/index.ts";
import type { RequestContext } from "./types.ts";

const root = await mkdtemp(join(tmpdir(), "holdfast-erasures-"));
after(() => rm(root, { recursive: true }));
const context: RequestContext = { actor: {}, src: {}, protocol: "internal", operation: "test" };
const day = 24 * 60 * 60 * 1000;
const rtPlan = "1.2.840.10008.5.1.4.1.1.481.5";

async function site() {
  const base = await mkdtemp(join(root, "a-"));
  const clock = { ahead: 0 };
  const now = (): number => systemClock() + clock.ahead;
  const options = { dataFolder: join(base, "data"), keyFile: join(base, "key.json"), now, erasureDelayDays: 3 };
  return { base, clock, options };
}

async function put(archive: OpenArchive, made: { file: Uint8Array }, tenant = "default"): Promise<string> {
  const sink = archive.tenant(tenant).store(context, { form: "file" });
  await sink.write(made.file);
  const outcome = await sink.end();
  assert.ok(outcome.ok);
  return outcome.outcome;
}

async function read(archive: OpenArchive, uid: string, tenant = "default"): Promise<Buffer | string> {
  const of = archive.tenant(tenant);
  const [ref] = await of.resolve({ sopInstanceUid: [uid] });
  try {
    of.assertHere([ref!]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of of.open(ref!).file()) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (error) {
    return codeOf(error);
  }
}

const order = (patientId: string, more: object = {}) => ({
  id: `order-${patientId.toLowerCase()}`,
  tenant: "default",
  patientId,
  reason: "asked for by the patient",
  askedBy: "user:anna",
  ...more,
});

/** Asked for, confirmed, its delay over, carried out, and the keys above exchanged and settled. */
async function erase(archive: OpenArchive, clock: { ahead: number }, patientId: string): Promise<void> {
  const { erasures, keeping } = archive;
  const asked = await erasures.ask(order(patientId), administered);
  await erasures.confirm(asked, "user:ben", administered);
  assert.deepEqual(await erasures.carryOut(), [], "not before the delay");
  clock.ahead += 3 * day + 1;
  assert.equal((await erasures.carryOut()).length, 1);
  await keeping.settle();
}

/** What somebody reads who has these files and writes a reader of their own, which obeys no entry about destroyed keys. */
async function forced(dataFolder: string, keyFile: string, number: number): Promise<string> {
  const { archive, keyring } = await openKeyFile(keyFile, randomBytes);
  const table = new JournaledKeys();
  for await (const run of readJournal(layoutOf(dataFolder).journal, archive, keyring))
    for (const { payload } of run) {
      const record = JSON.parse(payload.toString()) as { kind: string } & KeyChanges;
      const { destroyed: _, ...changes } = record;
      if (record.kind === "keys") table.apply(changes);
    }
  try {
    new ObjectKeys(keyring, table).patientKey(number);
    return "opened";
  } catch (error) {
    return codeOf(error);
  }
}

test("an erased patient is read by nobody, others as before; a new key file opens no copy, the old one does until it is destroyed", async () => {
  const { base, clock, options } = await site();
  const envelope = join(base, "envelope.json");
  const [a, a2, b] = [1, 2, 3].map((n) => makeObject({ patient: n < 3 ? "A" : "B", study: n, instance: n }));
  let number = 0;
  {
    await using archive = await openArchive(options);
    await put(archive, a!);
    await put(archive, a2!);
    await put(archive, b!);
    await put(archive, a!, "north");
    await copyFile(options.keyFile, envelope);
    const [ref] = await archive.resolve({ sopInstanceUid: [a!.sopInstanceUid] });
    number = (ref!.location as { key: number }).key;
    assert.ok(a!.file.equals((await read(archive, a!.sopInstanceUid)) as Buffer));
    await erase(archive, clock, "A");
    for (const { sopInstanceUid } of [a!, a2!]) assert.equal(await read(archive, sopInstanceUid), "storage/erased");
    assert.ok(b!.file.equals((await read(archive, b!.sopInstanceUid)) as Buffer));
    assert.ok(a!.file.equals((await read(archive, a!.sopInstanceUid, "north")) as Buffer), "another clinic's patient");
    const { root, settled, clinics } = await archive.keeping.state();
    assert.deepEqual([root, settled], [2, true]);
    assert.deepEqual(
      clinics.map(({ tenant, generation, patients, behind }) => [tenant, generation, patients, behind]),
      [
        ["default", 2, 1, 0],
        ["north", 1, 1, 0],
      ],
    );
    assert.equal(await put(archive, a!), "updated", "the same bytes again are stored, not taken for a repeat");
    assert.ok(a!.file.equals((await read(archive, a!.sopInstanceUid)) as Buffer));
    assert.deepEqual(await archive.erasures.carryOut(), [], "done once");
  }
  assert.equal(await forced(options.dataFolder, options.keyFile, number), "storage/key");
  assert.equal(await forced(options.dataFolder, envelope, number), "opened");
  const verified = await verifyArchive(options);
  assert.deepEqual([verified.problems, verified.erased], [[], 2]);
  assert.equal((await rebuildCatalogue({ ...options, entries: verified.entries, now: Date.now })).before, "same");
});

test("a restore from a replica, with the old key file too, does not bring an erased patient back", async () => {
  const { base, clock, options } = await site();
  const [a, b] = [1, 2].map((n) => makeObject({ patient: n === 1 ? "A" : "B", study: n, instance: n }));
  const envelope = join(base, "envelope.json");
  const replica = new FolderTarget(join(base, "replica"));
  const replicate = async () => (await replicatorOf(options, replica)).round();
  {
    await using archive = await openArchive(options);
    await put(archive, a!);
    await put(archive, b!);
    await copyFile(options.keyFile, envelope);
  }
  await replicate();
  {
    await using archive = await openArchive(options);
    await erase(archive, clock, "A");
  }
  await replicate();
  for (const [name, keyFile] of [
    ["new", options.keyFile],
    ["old", envelope],
  ] as const) {
    const dataFolder = join(base, name);
    const { archive: id, keyring } = await openKeyFile(keyFile, randomBytes);
    await restoreReplica({ target: replica, archive: id, keyring, dataFolder });
    const own = join(base, `${name}.key.json`);
    await copyFile(keyFile, own);
    await using archive = await openArchive({ dataFolder, keyFile: own });
    assert.equal(await read(archive, a!.sopInstanceUid), "storage/erased", name);
    assert.ok(b!.file.equals((await read(archive, b!.sopInstanceUid)) as Buffer), name);
  }
});

test("nothing is erased on hold, under treatment, or once it was taken back", async () => {
  const { clock, options } = await site();
  await using archive = await openArchive(options);
  const { erasures } = archive;
  await put(archive, makeObject({ patient: "A", study: 1, instance: 1 }));
  await put(
    archive,
    makeObject({ patient: "T", study: 2, instance: 2, sopClassUid: rtPlan, attributes: { Modality: "RTPLAN" } }),
  );
  await put(archive, makeObject({ patient: "C", study: 3, instance: 3 }));
  await assert.rejects(erasures.ask(order("NOBODY"), administered), { code: "request/not-found" });
  await assert.rejects(erasures.ask(order("T"), administered), { code: "request/conflict" });
  const hold = { id: "x", tenant: "default", patientId: "A", reason: "court", setBy: "x", since: 0 };
  const held = (value: unknown): Promise<void> =>
    archive.change(administered, [{ collection: legalHolds, key: "x", value }]);
  await held(hold);
  await assert.rejects(erasures.ask(order("A"), administered), { code: "storage/hold" });
  await held(null);
  await erasures.confirm(await erasures.ask(order("A"), administered), "user:ben", administered);
  const taken = await erasures.confirm(await erasures.ask(order("C"), administered), "user:ben", administered);
  await held({ ...hold, patientId: undefined, studyUid: makeObject({ study: 1 }).studyUid });
  await erasures.cancel(taken, administered);
  clock.ahead += 4 * day;
  assert.deepEqual(await erasures.carryOut(), []);
  assert.deepEqual(await Promise.all((await erasures.all()).map((each) => erasures.blocks(each))), ["storage/hold"]);
  const forced = archive.keeping.exchange(administered, { of: "patient", tenant: "default", patientId: "A" });
  await assert.rejects(forced, { code: "storage/hold" });
  await held(null);
  assert.deepEqual(
    (await erasures.carryOut()).map(({ patientId }) => patientId),
    ["A"],
  );
  const [done] = await erasures.all();
  await assert.rejects(erasures.cancel(done!, administered), { code: "request/conflict" });
});
