/** A thread as its client sees it: a Worker, or in a simulation the same service in turn with everything else. */
import type { EventEmitter } from "node:events";
import type { WriterSettings } from "./writer/protocol.ts";

export interface Thread extends Pick<EventEmitter, "on" | "once"> {
  postMessage(message: unknown): void;
  terminate(): Promise<unknown>;
}

/** What begins the archive's threads. */
export interface Threads {
  writer(settings: WriterSettings): Thread;
  reader(catalogueFile: string): Thread;
  /** Slots of object bytes under way; absent: the usual number. */
  slots?: number;
}
