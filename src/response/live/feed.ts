/** What the running behaviour engine tells the rest of the process. */
import type { Assessment } from "../../behaviour/index.ts";
import type { AccessEvent, ErrorCode } from "../../core/index.ts";

/** An event that the engine found remarkable: at alert level, whether it raises an alert or joins one. */
export interface Remark {
  /** Sequence number of its journal entry: the same remark has the same number, also after a restart. */
  seq: number;
  /** ms since 1970 when it was journaled. */
  journaled: number;
  /** ms since 1970 when the engine had assessed it. */
  assessed: number;
  event: AccessEvent;
  assessment: Assessment;
  /** False when it was journaled before this start: history caught up with, not something going on. */
  live: boolean;
  /**
   * It is read anew, by an engine without a snapshot: an earlier process has dealt with it, or with all but the last of it.
   * False of what came after the last snapshot, which passes nothing that is not dealt with.
   */
  reread: boolean;
}

export interface BehaviourListener {
  /** Remarks up to this entry are known already and are left out. */
  after?: number;
  /**
   * Told in the order of the journal, each once in the life of the process. After a kill, remarks since the last
   * snapshot come again with the same `seq`. What follows from a remark is durable when the promise resolves: only then
   * does a snapshot pass it by.
   */
  remark(remark: Remark): void | Promise<void>;
}

export interface BehaviourFeed {
  /** @returns what ends the subscription */
  subscribe(listener: BehaviourListener): () => void;
  state(): BehaviourState;
}

export interface BehaviourState {
  running: boolean;
  /** Why it does not run. */
  code?: ErrorCode;
  /** Times the thread ended by a fault and was started again. */
  restarts: number;
  /** Sequence number of the next journal entry to be assessed, and how many durable entries wait. */
  position: number;
  lag: number;
  /** Since the journal's first entry; those that the engine could not take are `failed`. */
  events: number;
  failed: number;
  remarks: number;
  alerts: number;
  /** Bytes that the engine's tables hold. */
  memory: number;
  /** Position of the last durable snapshot. */
  snapshot: number;
  /** ms since 1970, absent before the first. */
  lastEvent?: number;
  lastAssessed?: number;
  lastAlert?: number;
  latency: Latency;
}

/** From the end of an operation to its assessment, over what was journaled since the start. */
export interface Latency {
  /** Upper bounds of the buckets in ms; the last bucket, beyond them all, has none. */
  bounds: readonly number[];
  /** One more than `bounds`. */
  counts: readonly number[];
  count: number;
  /** ms. */
  sum: number;
}

/** The bound below which the share of all lies, ms; undefined before the first, infinite beyond the last bound. */
export function quantile({ bounds, counts, count }: Latency, share: number): number | undefined {
  if (count === 0) return undefined;
  let sum = 0;
  for (const [index, bound] of bounds.entries()) {
    sum += counts[index]!;
    if (sum >= share * count) return bound;
  }
  return Number.POSITIVE_INFINITY;
}
