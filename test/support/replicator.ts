import { randomBytes } from "node:crypto";
import { systemClock } from "../../src/core/index.ts";
import { layoutOf, openKeyFile, readManifest } from "../../src/vault/index.ts";
import { type ReplicaTarget, Replicator } from "../../src/vault/replica/index.ts";

/** From an archive's folder to a replica, without waits. */
export async function replicatorOf(
  { dataFolder, keyFile }: { dataFolder: string; keyFile: string },
  target: ReplicaTarget,
  more = {},
): Promise<Replicator> {
  const manifest = (await readManifest(layoutOf(dataFolder).manifest))!;
  const { keyring } = await openKeyFile(keyFile, randomBytes);
  return new Replicator({ dataFolder, manifest, keyring, target, now: systemClock, wait: async () => {}, ...more });
}
