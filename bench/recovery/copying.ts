/** What is measured of replication and restore: one round, and all of it back. Each in seconds. */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { layoutOf, openKeyFile, readManifest } from "../../src/vault/index.ts";
import { digestInPool, type ReplicaTarget, Replicator, restoreReplica } from "../../src/vault/replica/index.ts";
import { type Home, homeIn } from "./made.ts";
import { seconds } from "./measure.ts";

export async function replicate({ data, keyFile }: Home, target: ReplicaTarget): Promise<number> {
  const manifest = (await readManifest(layoutOf(data).manifest))!;
  const { keyring } = await openKeyFile(keyFile, randomBytes);
  const replicator = new Replicator({
    dataFolder: data,
    manifest,
    keyring,
    target,
    now: Date.now,
    wait: async () => {},
    digest: digestInPool,
  });
  return seconds(() => replicator.round());
}

export async function restore(home: Home, target: ReplicaTarget, into: string): Promise<number> {
  const to = homeIn(into);
  mkdirSync(into);
  await copyFile(home.keyFile, to.keyFile);
  const { archive, keyring } = await openKeyFile(to.keyFile, randomBytes);
  return seconds(() => restoreReplica({ target, archive, keyring, dataFolder: to.data, digest: digestInPool }));
}
