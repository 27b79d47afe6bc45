/** Archives in folders of their own, what is stored in them, their replicas, and what comes back from these. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { openArchive } from "../../src/archive/index.ts";
import { openKeyFile, verifyArchive } from "../../src/vault/index.ts";
import { type ReplicaTarget, type Replicator, restoreReplica } from "../../src/vault/replica/index.ts";
import { makeObject } from "../support/made-object.ts";
import { replicatorOf } from "../support/replicator.ts";

const root = await mkdtemp(join(tmpdir(), "holdfast-replica-"));
after(() => rm(root, { recursive: true, force: true }));

export const context = { actor: {}, src: {}, protocol: "internal", operation: "test" };
const object = (instance: number) => makeObject({ instance, pixels: 64 });

export async function store(folder: string, ...instances: number[]): Promise<void> {
  await using archive = await openArchive({ dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") });
  for (const instance of instances) {
    const sink = archive.store(context, { form: "file" });
    await sink.write(object(instance).file);
    assert.equal((await sink.end()).ok, true);
  }
}

export async function holds(folder: string, ...instances: number[]): Promise<void> {
  const options = { dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") };
  const { problems } = await verifyArchive(options);
  assert.deepEqual(problems, []);
  await using archive = await openArchive(options);
  const refs = await archive.resolve({});
  assert.deepEqual(
    refs.map(({ sopInstanceUid }) => sopInstanceUid).sort(),
    instances.map((each) => object(each).sopInstanceUid).sort(),
  );
  for (const instance of instances) {
    const made = object(instance);
    const ref = refs.find(({ sopInstanceUid }) => sopInstanceUid === made.sopInstanceUid)!;
    const chunks: Uint8Array[] = [];
    for await (const chunk of archive.open(ref).file()) chunks.push(chunk);
    assert.ok(Buffer.concat(chunks).equals(made.file));
  }
}

export const replicator = (folder: string, target: ReplicaTarget, more = {}): Promise<Replicator> =>
  replicatorOf({ dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") }, target, more);

export async function restore(folder: string, target: ReplicaTarget, into: string, at?: number) {
  await copyFile(join(folder, "key.json"), join(into, "key.json"));
  const { archive, keyring } = await openKeyFile(join(into, "key.json"), randomBytes);
  return restoreReplica({
    target,
    archive,
    keyring,
    dataFolder: join(into, "data"),
    ...(at === undefined ? {} : { at }),
  });
}

export const folder = () => mkdtemp(join(root, "f-"));
