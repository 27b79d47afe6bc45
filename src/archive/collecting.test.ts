/** Storage is given back after retention: to readers, replicas, restores and repairs it is gone for good, to proof it is accounted for. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { administered } from "../../test/support/administered.ts";
import { makeObject } from "../../test/support/made-object.ts";
import { replicatorOf } from "../../test/support/replicator.ts";
import { codeOf, systemClock } from "../core/index.ts";
import { layoutOf, openKeyFile, readManifest, verifyArchive } from "../vault/index.ts";
import { FolderTarget, restoreReplica } from "../vault/replica/index.ts";

import { openArchive } from "./archive.ts";
import { legalHolds } from "./holds.ts";
import type { OpenArchive } from "./open-archive.ts";
import type { RequestContext } from "./types.ts";
import { appendRecords } from "./writer/commit.ts";
import { openStores } from "./writer/open.ts";

const root = await mkdtemp(join(tmpdir(), "holdfast-collecting-"));
after(() => rm(root, { recursive: true }));
const context: RequestContext = { actor: {}, src: {}, protocol: "internal", operation: "test" };

async function site() {
  const base = await mkdtemp(join(root, "a-"));
  const options = { dataFolder: join(base, "data"), keyFile: join(base, "key.json"), retentionDays: 0 };
  const replica = new FolderTarget(join(base, "replica"));
  const replicate = async () => (await replicatorOf(options, replica)).round();
  const restore = async (dataFolder: string): Promise<void> => {
    const { archive, keyring } = await openKeyFile(options.keyFile, randomBytes);
    await restoreReplica({ target: replica, archive, keyring, dataFolder });
  };
  /** Each run of the archive begins a segment of its own. */
  const run = async <T>(act: (archive: OpenArchive) => Promise<T>, at = options): Promise<T> => {
    await using archive = await openArchive(at);
    return await act(archive);
  };
  return { options, base, replicate, restore, run };
}

async function put(archive: OpenArchive, file: Uint8Array): Promise<void> {
  const sink = archive.store(context, { form: "file" });
  await sink.write(file);
  const outcome = await sink.end();
  assert.ok(outcome.ok && outcome.outcome !== "duplicate");
}

/** The newest version, hidden or not: its bytes, or why they cannot be read. */
async function read(archive: OpenArchive, uid: string): Promise<Buffer | string> {
  const ref = (await archive.versions(uid)).at(-1)!;
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of archive.open(ref).file()) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (error) {
    return codeOf(error);
  }
}

const files = async (dataFolder: string): Promise<string[]> =>
  (await readdir(layoutOf(dataFolder).vault)).filter((name) => name.endsWith(".hfs")).sort();

test("what was deleted is given back after its retention, everywhere and for good; verification accounts for it", async () => {
  const { options, base, replicate, restore, run } = await site();
  const [a, b, c] = ["A", "B", "C"].map((patient, index) => makeObject({ patient, study: index, instance: index }));
  await run((archive) => put(archive, a!.file));
  await replicate(); // the replica has the first segment, and not the second
  await run((archive) => put(archive, b!.file));
  await run((archive) => put(archive, c!.file));
  await run(async (archive) => {
    for (const { studyUid } of [a!, b!]) await archive.delete(context, { studyUid: [studyUid] });
    assert.deepEqual((await archive.collecting.find()).segments, [1, 2]);
    const { segments, bytes } = await archive.collecting.collect(administered);
    assert.deepEqual([segments, bytes > 1_000], [[1, 2], true]);
    assert.deepEqual((await archive.collecting.collect(administered)).segments, []);
    assert.deepEqual(await files(options.dataFolder), ["00000003.hfs"]);
    assert.equal(await read(archive, a!.sopInstanceUid), "storage/collected");
    assert.ok(c!.file.equals((await read(archive, c!.sopInstanceUid)) as Buffer));
    const repair = {
      kind: "restore" as const,
      event: administered,
      target: { level: "instance" as const, sopInstanceUid: a!.sopInstanceUid },
    };
    const expected = { version: 1, visible: false };
    assert.deepEqual(await archive.amend([{ sopInstanceUid: a!.sopInstanceUid, expected, record: repair }]), [0]);
    await put(archive, a!.file); // the same bytes again are stored again, not found where they no longer are
    assert.ok(a!.file.equals((await read(archive, a!.sopInstanceUid)) as Buffer));
  });
  const verified = await verifyArchive(options);
  assert.deepEqual([verified.problems, verified.objects, verified.collected], [[], 4, 2]);
  await replicate();
  const restored = { ...options, dataFolder: join(base, "restored") };
  await restore(restored.dataFolder);
  assert.deepEqual(await files(restored.dataFolder), await files(options.dataFolder));
  await run(async (archive) => {
    const all = await archive.versions(a!.sopInstanceUid);
    assert.equal(all.length, 2);
    await assert.rejects(archive.open(all[0]!).header(), { code: "storage/collected" });
    assert.ok(a!.file.equals((await read(archive, a!.sopInstanceUid)) as Buffer));
    assert.equal(await read(archive, b!.sopInstanceUid), "storage/collected");
  }, restored);
  assert.deepEqual((await verifyArchive(restored)).problems, []);
});

test("a file of a collected segment that comes back from elsewhere is not read, and goes at the next start", async () => {
  const { options, run } = await site();
  const a = makeObject({ patient: "A" });
  await run((archive) => put(archive, a.file));
  const { vault } = layoutOf(options.dataFolder);

  const copy = join(root, "copy");
  await copyFile(join(vault, "00000001.hfs"), copy);
  await run(async (archive) => {
    await archive.delete(context, { patientId: "A" });
    assert.deepEqual((await archive.collecting.collect(administered)).segments, [1]);
    await copyFile(copy, join(vault, "00000001.hfs"));
    assert.equal(await read(archive, a.sopInstanceUid), "storage/collected");
  });
  await run(async () => {});
  assert.deepEqual(await files(options.dataFolder), []);
});

test("nothing is collected on hold, before its time, or in a segment with anything else", async () => {
  const { run } = await site();
  const [a, b, c] = ["A", "B", "C"].map((patient, index) => makeObject({ patient, study: index, instance: index }));
  await run(async (archive) => {
    await put(archive, a!.file);
    await put(archive, b!.file);
  });
  await run((archive) => put(archive, c!.file));
  await run(async (archive) => {
    await archive.delete(context, { patientId: "A" });
    await archive.delete(context, { patientId: "C" });
    const hold = { id: "x", tenant: "default", patientId: "C", reason: "court", setBy: "x", since: 0 };
    await archive.change(administered, [{ collection: legalHolds, key: "x", value: hold }]);
    assert.deepEqual((await archive.collecting.collect(administered)).segments, []);
    await archive.change(administered, [{ collection: legalHolds, key: "x", value: null }]);
    await archive.change(administered, [{ collection: "retention", key: "default", value: { days: 1 } }]);
    assert.deepEqual((await archive.collecting.collect(administered)).segments, []);
    await archive.change(administered, [{ collection: "retention", key: "default", value: null }]);
    assert.deepEqual((await archive.collecting.collect(administered)).segments, [2]);
  });
});

test("a collection that was not rightful is named by verification", async () => {
  const { options, run } = await site();
  const a = makeObject({ patient: "A" });
  await run((archive) => put(archive, a.file));
  // Whoever owns the machine can write the entry and remove the file.

  const layout = layoutOf(options.dataFolder);
  const manifest = (await readManifest(layout.manifest))!;
  const { keyring } = await openKeyFile(options.keyFile, randomBytes);
  const stores = await openStores({
    layout,
    manifest,
    keyring,
    keyFile: options.keyFile,
    compression: { allows: () => false, spent: () => {} },
    random: randomBytes,
    now: systemClock,
  });
  await appendRecords({ ...stores, now: systemClock }, [{ kind: "collect", event: administered, segments: [1] }]);
  await stores.close();
  const { problems } = await verifyArchive(options);
  assert.match(problems.map(({ message }) => message).join(), /collected segment 1, in which something had to be kept/);
});
