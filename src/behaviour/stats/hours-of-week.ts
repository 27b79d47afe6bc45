/** How much something says in each hour of the week, and what it said in the hours of the last ten days. */
import type { SnapshotReader, SnapshotWriter } from "./snapshot.ts";

const week = 168;
const kept = 240;
/** Weeks that a mean remembers, and on end in which an hour must have spoken before it is expected: a Saturday of catching up is none. */
const memoryWeeks = 6;
const leastWeeks = 2;

export class HoursOfWeek {
  #mean = new Float64Array(week);
  #weeks = new Float64Array(week);
  #counts = new Float64Array(kept);
  /** The hour under way, since 1970; -1 before the first. */
  #hour = -1;

  get hour(): number {
    return this.#hour;
  }

  /** One more in an hour, the one under way or one of those kept; those between are closed. @param teaches whether they are ordinary */
  add(hour: number, teaches: boolean): void {
    if (this.#hour < 0) this.#hour = hour;
    if (hour - this.#hour > kept) this.#hour = hour - kept;
    for (; this.#hour < hour; this.#hour++) {
      if (teaches) this.#learn(this.#hour);
      this.#counts[(this.#hour + 1) % kept] = 0;
    }
    if (hour > this.#hour - kept) this.#counts[hour % kept]!++;
  }

  #learn(hour: number): void {
    const slot = hour % week;
    const count = this.#counts[hour % kept]!;
    const weeks = count > 0 ? Math.min(memoryWeeks, this.#weeks[slot]! + 1) : 0;
    if (weeks > 0) this.#mean[slot]! += (count - this.#mean[slot]!) / weeks;
    this.#weeks[slot] = weeks;
  }

  /** What was said in an hour: nothing yet in those to come; undefined where it is not known any more. */
  said(hour: number): number | undefined {
    if (hour > this.#hour) return 0;
    return hour <= this.#hour - kept ? undefined : this.#counts[hour % kept]!;
  }

  /** What is ordinary in an hour: the least of it and its neighbours, so that a change of clocks does not matter; 0 until two weeks are known. */
  expected(hour: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const near of [hour - 1, hour, hour + 1]) {
      const slot = ((near % week) + week) % week;
      least = Math.min(least, this.#weeks[slot]! < leastWeeks ? 0 : this.#mean[slot]!);
    }
    return least;
  }

  get bytes(): number {
    return this.#mean.byteLength + this.#weeks.byteLength + this.#counts.byteLength;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#hour]);
    for (const part of [this.#mean, this.#weeks, this.#counts]) out.array(part);
  }

  load(input: SnapshotReader): void {
    this.#hour = input.numbers(1)[0]!;
    this.#mean = input.array(Float64Array);
    this.#weeks = input.array(Float64Array);
    this.#counts = input.array(Float64Array);
  }
}
