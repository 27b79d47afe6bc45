/** What the engine's thread and its client say to each other; figures travel in shared memory (figures.ts). */
import type { Remark } from "./feed.ts";

export interface EngineSettings {
  dataFolder: string;
  keyFile: string;
  /** One 64-bit number: the journal's durable entries. */
  durable: SharedArrayBuffer;
  figures: SharedArrayBuffer;
  /** Entries before this one were durable when the process began to watch. */
  liveFrom: number;
  /** False alerts a week that are acceptable. */
  alertsPerWeek: number;
  canaries: readonly string[];
  /** Of the hashes of names. */
  seed: number;
  snapshots: SnapshotPolicy;
}

export interface SnapshotPolicy {
  /** A snapshot is taken after so many events at the latest. */
  events: number;
  /** And when nothing waits and the last is so many ms old. */
  milliseconds: number;
}

export type ToEngine =
  /** All remarks posted before the snapshot of this position have been dealt with: it may be kept. */
  { type: "keep"; position: number } | { type: "close" };

export type FromEngine =
  | { type: "remarks"; remarks: Remark[] }
  | { type: "snapshot"; position: number }
  | { type: "closed" };
