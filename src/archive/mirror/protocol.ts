/** What the mirror's thread and the protocol thread say to each other. */
import type { ConnectionOptions } from "node:tls";
import type { ErrorCode } from "../../core/index.ts";

export interface MirrorSettings {
  /** Folder of the copy: a data folder of its own, under the origin's identity. */
  dataFolder: string;
  /** The origin's key file. */
  keyFile: string;
  url: string;
  tls: ConnectionOptions;
  /** Bytes a second that it may take; absent: as fast as it goes. */
  bandwidth?: number;
}

/** How far the mirror is. Times in ms since 1970. */
export interface MirrorProgress {
  /** Journal entries that it holds, checked, and the time of the last. */
  entries: number;
  time: number;
  /** Entries that the newest checkpoint of the origin counts, as far as one was seen. */
  known: number;
  /** When it was last seen to hold everything that the origin had signed; absent: not since the start. */
  level?: number;
  /** Bytes taken since the start. */
  bytes: number;
  /** Rounds that failed since one went through. */
  failures: number;
  code?: ErrorCode;
}

export type FromMirror =
  /** The catalogue is there. */
  | { type: "ready"; progress: MirrorProgress }
  | { type: "progress"; progress: MirrorProgress; detail?: string; cause?: string }
  | { type: "closed" };

export type ToMirror = { type: "close" };
