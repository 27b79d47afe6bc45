/** Figures that the engine's thread writes and the others read, without a message. */
import type { Latency } from "./feed.ts";

const names = [
  "position",
  "events",
  "failed",
  "remarks",
  "alerts",
  "memory",
  "snapshot",
  "lastEvent",
  "lastAssessed",
  "lastAlert",
  "latencyCount",
  "latencySum",
  /** Remarks handed over, and those that the listeners have been told of (written by the other side). */
  "posted",
  "delivered",
] as const;
export type Figure = (typeof names)[number];

/** ms. */
const bounds = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 1_000, 5_000] as const;

export class Figures {
  readonly memory: SharedArrayBuffer;
  readonly #values: Float64Array;
  readonly #buckets: Float64Array;

  constructor(memory = new SharedArrayBuffer((names.length + bounds.length + 1) * 8)) {
    this.memory = memory;
    this.#values = new Float64Array(memory, 0, names.length);
    this.#buckets = new Float64Array(memory, names.length * 8);
  }

  get(name: Figure): number {
    return this.#values[names.indexOf(name)]!;
  }

  set(name: Figure, value: number): void {
    this.#values[names.indexOf(name)] = value;
  }

  add(name: Figure, value: number): void {
    this.#values[names.indexOf(name)]! += value;
  }

  took(milliseconds: number): void {
    const bucket = bounds.findIndex((bound) => milliseconds <= bound);
    this.#buckets[bucket < 0 ? bounds.length : bucket]! += 1;
    this.add("latencyCount", 1);
    this.add("latencySum", milliseconds);
  }

  latency(): Latency {
    return { bounds, counts: [...this.#buckets], count: this.get("latencyCount"), sum: this.get("latencySum") };
  }
}
