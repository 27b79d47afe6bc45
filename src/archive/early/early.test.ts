import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { type MadeObject, makeObject } from "../../../test/support/made-object.ts";
import { HoldfastError, rfc3339 } from "../../core/index.ts";
import { Arrivals, type EntryPlace, layoutOf, openKeyFile, readJournal } from "../../vault/index.ts";
import { openArchive } from "../archive.ts";
import type { OpenArchive } from "../open-archive.ts";
import type { Thread } from "../thread.ts";

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "holdfast-early-"));
});
after(() => rm(root, { recursive: true, force: true }));

const context = { actor: {}, src: {}, protocol: "internal", operation: "test" } as const;
const event = { time: rfc3339(0), activity: "admin", status: "success", actor: {}, src_endpoint: {} } as const;
const treated = [1, 2].map((instance) => makeObject({ patient: "A", study: 1, instance }));
const other = makeObject({ patient: "B", study: 2 });

async function store(archive: OpenArchive, { file }: MadeObject, tenant?: string) {
  const sink = (tenant ? archive.tenant(tenant) : archive).store(context, { form: "file" });
  await sink.write(file);
  return sink.end();
}

/** The archive's real writer, which begins when it is let. */
function lateWriter() {
  const let_ = Promise.withResolvers<void>();
  const writer = (workerData: unknown): Thread => {
    const outside = new EventEmitter();
    let worker: Worker | undefined;
    const waiting: unknown[] = [];
    void let_.promise.then(() => {
      worker = new Worker(new URL("../writer/worker.ts", import.meta.url), { workerData });
      for (const name of ["message", "error"]) worker.on(name, (what) => outside.emit(name, what));
      for (const message of waiting) worker.postMessage(message);
    });
    return Object.assign(outside, {
      postMessage: (message: unknown) => (worker ? worker.postMessage(message) : void waiting.push(message)),
      terminate: async () => worker?.terminate(),
    });
  };
  const reader = (workerData: string) => new Worker(new URL("../reader/worker.ts", import.meta.url), { workerData });
  return { begin: () => let_.resolve(), threads: { writer, reader } };
}

/** Entries of whatever stores nothing, and of this patient. */
async function placesOf(dataFolder: string, keyFile: string, patient: string): Promise<EntryPlace[]> {
  const { archive, keyring } = await openKeyFile(keyFile, randomBytes);
  const places: EntryPlace[] = [];
  for await (const run of readJournal(layoutOf(dataFolder).journal, archive, keyring))
    for (const { payload, place } of run) {
      const { kind, object } = JSON.parse(payload.toString()) as { kind: string; object?: { patientId: string } };
      if (kind !== "store" || object?.patientId === patient) places.push(place);
    }
  return places;
}

const arriving = (error: unknown): boolean => error instanceof HoldfastError && error.code === "storage/arriving";
const bytesOf = async (archive: OpenArchive, object: MadeObject): Promise<Buffer> => {
  const [ref] = await archive.resolve({ sopInstanceUid: [object.sopInstanceUid] });
  return Buffer.concat(await Array.fromAsync(archive.open(ref!).file()));
};
const search = (archive: OpenArchive, patientId = "") =>
  archive.query(context, { level: "study", keys: { "00100020": { vr: "LO", Value: [patientId] } } });

test("some patients are read before the rest is catalogued, nothing is taken, and then all is as it was", async () => {
  const [dataFolder, keyFile] = [join(root, "data"), join(root, "key.json")];
  {
    await using archive = await openArchive({ dataFolder, keyFile });
    for (const object of [treated[0]!, other, treated[1]!]) assert.equal((await store(archive, object)).ok, true);
    assert.equal((await store(archive, other, "north")).ok, true);
    await archive.change({ ...event, protocol: "internal", operation: "test" }, [
      { collection: "test", key: "one", value: 1 },
    ]);
    await archive.delete(context, { sopInstanceUid: [treated[1]!.sopInstanceUid] });
  }
  const layout = layoutOf(dataFolder);
  await rm(dirname(layout.catalogue), { recursive: true });
  const places = await placesOf(dataFolder, keyFile, "A");
  const { begin, threads } = lateWriter();
  await using archive = await openArchive({
    ...{ dataFolder, keyFile, runOn: threads },
    arriving: { arrivals: Arrivals.awaiting([]), hurry() {}, early: Promise.resolve({ places }) },
  });

  assert.ok(archive.cataloguing);
  assert.deepEqual(archive.health(), { ok: false, code: "storage/arriving" });
  assert.ok((await bytesOf(archive, treated[0]!)).equals(treated[0]!.file));
  const page = await search(archive);
  assert.deepEqual([page.matches.length, page.partial], [1, true]);
  assert.deepEqual([...(await archive.settings("test"))], [["one", 1]]);
  await assert.rejects(archive.resolve({ sopInstanceUid: [treated[1]!.sopInstanceUid] }), arriving, "hidden");
  for (const sought of [{ sopInstanceUid: [other.sopInstanceUid] }, { studyUid: [other.studyUid] }])
    await assert.rejects(archive.resolve(sought), arriving, "what is not catalogued is not said to be missing");
  await assert.rejects(archive.versions(other.sopInstanceUid), arriving);
  await assert.rejects(search(archive, "B"), arriving);
  await assert.rejects(archive.tenant("north").resolve({}), arriving);
  const added = makeObject({ patient: "C", study: 3 });
  const refused = await store(archive, added);
  assert.ok(!refused.ok && refused.code === "storage/arriving");
  await assert.rejects(archive.delete(context, { studyUid: [treated[0]!.studyUid] }), arriving);

  begin();
  await archive.catalogued;
  assert.deepEqual([archive.cataloguing, archive.health().ok], [undefined, true]);
  assert.equal(existsSync(join(dirname(layout.catalogue), "early")), false);
  const whole = await search(archive);
  assert.deepEqual([whole.matches.length, whole.partial], [2, undefined]);
  assert.ok((await bytesOf(archive, other)).equals(other.file));
  assert.equal((await archive.tenant("north").resolve({})).length, 1);
  assert.deepEqual(await archive.resolve({ sopInstanceUid: [added.sopInstanceUid] }), []);
  assert.equal((await store(archive, added)).ok, true);
});

test("an archive that is closed before its catalogue is there goes on at the next start", async () => {
  const [dataFolder, keyFile] = [join(root, "again"), join(root, "again.json")];
  {
    await using archive = await openArchive({ dataFolder, keyFile });
    for (const object of [treated[0]!, other]) await store(archive, object);
  }
  await rm(dirname(layoutOf(dataFolder).catalogue), { recursive: true });
  const places = await placesOf(dataFolder, keyFile, "A");
  const restoring = { arrivals: Arrivals.awaiting([]), hurry() {}, early: Promise.resolve({ places }) };
  const { threads } = lateWriter();
  const early = await openArchive({ dataFolder, keyFile, runOn: threads, arriving: restoring });
  assert.equal((await early.resolve({})).length, 1);
  await early.close();
  await using archive = await openArchive({ dataFolder, keyFile });
  assert.equal((await archive.resolve({})).length, 2);
});
