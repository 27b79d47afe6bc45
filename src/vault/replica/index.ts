/** The copy that no credential can destroy: replication and restore. */
export { FolderTarget } from "./folder.ts";
export { openTarget, type TargetPlace } from "./place.ts";
export { type Digest, digestInPool, type RecoveryPoint } from "./point.ts";
export { locks, renewLocks } from "./renewal.ts";
export { Replicator, type ReplicatorOptions } from "./replicator.ts";
export { type ArrivingProgress, ArrivingRestore, type ArrivingSettings } from "./restore/client.ts";
export type { EarlyEntries } from "./restore/early-entries.ts";
export {
  beginRestore,
  completeRestore,
  type Restored,
  type RestoreOptions,
  restoreReplica,
} from "./restore/restore.ts";
export { type S3Options, S3Target } from "./s3.ts";
export type { ReplicaTarget, Stored } from "./target.ts";
