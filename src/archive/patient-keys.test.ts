/** Objects of one patient under one key, of another under another; archives of format 1 go on as they were. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeObject } from "../../test/support/made-object.ts";
import { layoutOf, verifyArchive } from "../vault/index.ts";
import { recordHeaderSize } from "../vault/object/record.ts";
import { openArchive } from "./archive.ts";
import type { OpenArchive } from "./open-archive.ts";
import { rebuildCatalogue } from "./rebuild/index.ts";
import type { InstanceRef, RequestContext } from "./types.ts";

const root = await mkdtemp(join(tmpdir(), "holdfast-patient-keys-"));
after(() => rm(root, { recursive: true }));
const context: RequestContext = { actor: {}, src: {}, protocol: "internal", operation: "test" };

async function folder() {
  const base = await mkdtemp(join(root, "a-"));
  return { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
}

async function put(archive: OpenArchive, tenant: string, made: { file: Uint8Array }): Promise<void> {
  const sink = archive.tenant(tenant).store(context, { form: "file" });
  await sink.write(made.file);
  const outcome = await sink.end();
  assert.equal(outcome.ok, true);
}

async function read(archive: OpenArchive, ref: InstanceRef, tenant = "default"): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive.tenant(tenant).open(ref).file()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Version of the record, and the number of the key that wraps its own. */
async function recordOf(dataFolder: string, { location }: InstanceRef): Promise<[version: number, key: number]> {
  const { segment, offset } = (location as { location: { segment: number; offset: number } }).location;
  const file = await readFile(join(layoutOf(dataFolder).vault, `${String(segment).padStart(8, "0")}.hfs`));
  const header = file.subarray(offset, offset + recordHeaderSize);
  return [header[4]!, header.readUInt32BE(124)];
}

test("each patient of each clinic has a key, which later objects share, also after a restart", async () => {
  const options = await folder();
  const objects = [
    { patient: "A", instance: 1 },
    { patient: "B", instance: 2 },
    { patient: "A", instance: 3 },
    { patient: "A", instance: 4 },
  ].map((each) => makeObject(each));
  const numbers: number[][] = [];
  for (const instances of [objects.slice(0, 3), objects.slice(3)]) {
    await using archive = await openArchive(options);
    await Promise.all(instances.map((object) => put(archive, "default", object)));
    if (instances.length > 1) await put(archive, "north", objects[0]!);
    await archive.flush();
  }
  const archive = await openArchive(options);
  for (const [at, object] of objects.entries()) {
    const [ref] = await archive.resolve({ sopInstanceUid: [object.sopInstanceUid] });
    assert.ok((await read(archive, ref!)).equals(object.file), `object ${at}`);
    numbers.push(await recordOf(options.dataFolder, ref!));
  }
  const [other] = await archive.tenant("north").resolve({});
  assert.ok((await read(archive, other!, "north")).equals(objects[0]!.file));
  const [a, b, a2, a3] = numbers.map(([version, key]) => {
    assert.equal(version, 2);
    return key;
  });
  assert.equal(new Set([a, b, (await recordOf(options.dataFolder, other!))[1]]).size, 3);
  assert.deepEqual([a2, a3], [a, a]);
  await archive.close();
  const verified = await verifyArchive(options);
  assert.deepEqual([verified.problems, verified.objects, verified.erased], [[], 5, 0]);
  assert.equal((await rebuildCatalogue({ ...options, entries: verified.entries, now: Date.now })).before, "same");
});

test("what the journal says of keys identifies nobody", async () => {
  const options = await folder();
  await using archive = await openArchive(options);
  await put(archive, "default", makeObject({ patient: "SECRET-ID" }));
  let told = 0;
  for await (const { record } of archive.journal()) {
    if (record.kind !== "keys") continue;
    told += record.patients!.length;
    assert.doesNotMatch(JSON.stringify(record), /SECRET/);
  }
  assert.equal(told, 1);
});

test("an archive of format 1 is read and goes on, with objects under the master key", async () => {
  const options = await folder();
  const first = await openArchive(options);
  await first.close();
  const { root: _, ...file } = JSON.parse(await readFile(options.keyFile, "utf8"));
  await writeFile(options.keyFile, JSON.stringify({ ...file, version: 1 }));
  const { manifest } = layoutOf(options.dataFolder);
  await writeFile(manifest, JSON.stringify({ ...JSON.parse(await readFile(manifest, "utf8")), format: 1 }));
  const object = makeObject({ patient: "A" });
  const archive = await openArchive(options);
  await put(archive, "default", object);
  const [ref] = await archive.resolve({});
  assert.ok((await read(archive, ref!)).equals(object.file));
  assert.deepEqual(await recordOf(options.dataFolder, ref!), [1, 0]);
  assert.equal(JSON.parse(await readFile(manifest, "utf8")).format, 1);
  await archive.close();
  assert.deepEqual((await verifyArchive(options)).problems, []);
});
