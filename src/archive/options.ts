/** What an archive is opened with. */
import type { Clock, HoldfastError } from "../core/index.ts";
import type { Arriving } from "./arriving.ts";
import type { Threads } from "./thread.ts";

export interface ArchiveOptions {
  dataFolder: string;
  /** Absent: outside the data folder, named after the archive (see keys.ts). */
  keyFile?: string;
  compression?: "auto" | "always" | "off";
  /** Bytes; larger objects are refused. */
  maxObjectSize?: number;
  /** SOP classes outside the standard's list that are accepted; `all` takes any. */
  acceptSopClasses?: "all" | string[];
  /** Days that the bytes behind a tombstone stay, whoever asks; 3650 when absent. */
  retentionDays?: number;
  /** Days between the confirmation of an erasure and the destruction of the keys; 14 when absent. */
  erasureDelayDays?: number;
  now?: Clock;
  /** A thread of the archive ended by a fault: the process should end too. */
  onFault?: (error: HoldfastError) => void;
  /** Of a restore into the folder that is under way. */
  arriving?: Arriving;
  /** Absent: threads of the system. */
  runOn?: Threads;
}

/** ms. */
export interface Terms {
  retention: number;
  erasureDelay: number;
}

const day = 24 * 60 * 60 * 1000;

export const termsOf = ({ retentionDays = 3650, erasureDelayDays = 14 }: ArchiveOptions): Terms => ({
  retention: retentionDays * day,
  erasureDelay: erasureDelayDays * day,
});
