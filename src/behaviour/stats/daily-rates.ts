/** What peers, and everybody, do in an active day: means of bounded lessons; and how many active days a week has. */
import type { SnapshotReader, SnapshotWriter } from "./snapshot.ts";

const pools = 64;
/** Days of everybody that count as prior for a group's, and days after which a pool's older ones count half. */
const groupPrior = 30;
const groupMemory = 2_000;
/** Days over which active days are counted. */
const window = 28;

export class DailyRates {
  readonly #count: number;
  readonly #least: readonly number[];
  /** Per group and, last, everybody: days, then each quantity's total. */
  #pools: Float64Array;
  /** Newest day, decayed active days, days they were gathered in, decayed alike. */
  #active = [0, 0, 0];

  constructor(least: readonly number[]) {
    this.#least = least;
    this.#count = least.length;
    this.#pools = new Float64Array((pools + 1) * (this.#count + 1));
  }

  get daysAWeek(): number {
    const [, active, days] = this.#active as [number, number, number];
    return (7 * active) / Math.max(1, days);
  }

  /** A day's amount by the group, by everybody where little is known of it. */
  peers(quantity: number, group: number): number {
    const width = this.#count + 1;
    const [all, peers] = [pools * width, (group % pools) * width];
    const rate = (this.#pools[all + 1 + quantity]! + this.#least[quantity]!) / (this.#pools[all]! + 1);
    return (this.#pools[peers + 1 + quantity]! + groupPrior * rate) / (this.#pools[peers]! + groupPrior);
  }

  teach(quantity: number, group: number, amount: number): void {
    for (const pool of [group % pools, pools]) this.#pools[pool * (this.#count + 1) + 1 + quantity]! += amount;
  }

  /** An account's day is over. @param days that it counts for @param today of it, since 1970 */
  close(group: number, days: number, today: number): void {
    const width = this.#count + 1;
    for (const pool of [group % pools, pools]) {
      const at = pool * width;
      this.#pools[at]! += days;
      if (this.#pools[at]! < groupMemory) continue;
      for (let i = 0; i < width; i++) this.#pools[at + i]! /= 2;
    }
    const [newest, active, gathered] = this.#active as [number, number, number];
    const elapsed = newest === 0 ? 1 : Math.max(0, today - newest);
    const fade = Math.exp(-elapsed / window);
    this.#active = [Math.max(newest, today), active * fade + 1, gathered * fade + elapsed];
  }

  get bytes(): number {
    return this.#pools.byteLength;
  }

  save(out: SnapshotWriter): void {
    out.array(this.#pools);
    out.numbers(this.#active);
  }

  load(input: SnapshotReader): void {
    this.#pools = input.array(Float64Array);
    this.#active = input.numbers(3);
  }
}
