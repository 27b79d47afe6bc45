/** What waits for the next round of the group commit. */
import type { JournalRecord } from "../../catalogue/index.ts";
import type { HoldfastError } from "../../core/index.ts";
import type { StoreOutcome } from "../types.ts";
import type { FinishedStore } from "./commit.ts";
import type { ObjectOpening } from "./protocol.ts";

/** An object that was found wanting while it came in. */
export interface Refusal {
  id: number;
  opening: ObjectOpening;
  received: number;
  failure: HoldfastError;
}

/** Somebody who waits until all before is durable, or with `commit` visible to readers. */
export interface Call {
  call: number;
  commit: boolean;
}

export interface Batch {
  finished: FinishedStore[];
  refused: Refusal[];
  records: JournalRecord[];
  calls: Call[];
}

/** Objects made durable by one round at most: bounds what a failure takes with it, and the latency of the first. */
const maxObjects = 256;

export class Queue {
  #batch: Batch = { finished: [], refused: [], records: [], calls: [] };
  readonly #wake: () => void;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  get empty(): boolean {
    const { finished, refused, records, calls } = this.#batch;
    return finished.length + refused.length + records.length + calls.length === 0;
  }

  finished(store: FinishedStore): void {
    this.#batch.finished.push(store);
    this.#wake();
  }

  refused(refusal: Refusal): void {
    this.#batch.refused.push(refusal);
    this.#wake();
  }

  record(...records: JournalRecord[]): void {
    this.#batch.records.push(...records);
    this.#wake();
  }

  call(call: Call): void {
    this.#batch.calls.push(call);
    this.#wake();
  }

  /** Puts records back in front, for another try. */
  again(records: JournalRecord[]): void {
    this.#batch.records = records.concat(this.#batch.records);
  }

  take(): Batch {
    const { finished, refused, records, calls } = this.#batch;
    // Who waits for durability waits for all objects before.
    const all = finished.length <= maxObjects;
    const taken = { finished: finished.slice(0, maxObjects), refused, records, calls: all ? calls : [] };
    this.#batch = { finished: finished.slice(maxObjects), refused: [], records: [], calls: all ? [] : calls };
    return taken;
  }
}

export function refusedOutcome({ id, failure }: Refusal): [number, StoreOutcome] {
  const { code, detail } = failure;
  return [id, { ok: false, code, ...(detail ? { detail } : {}), quarantined: false }];
}
