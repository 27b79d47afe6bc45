/**
 * How much something says in each hour of the week, how much that varies, and what it said in the hours of the last ten days.
 *
 * An hour teaches three days after it, so that whoever asks about the last days asks what was expected of them beforehand.
 */
import type { SnapshotReader, SnapshotWriter } from "./snapshot.ts";

const week = 168;
const kept = 240;
/** Hours after which an hour teaches. */
const lag = 72;
/** Weeks that a mean remembers, and on end in which an hour must have spoken before it is expected: a Saturday of catching up is none. */
const memoryWeeks = 6;
const leastWeeks = 2;
/** Shape of the counts of an hour: from 1, geometric, to this; what is known beforehand is worth so many squared entries. */
const mostShape = 6;
const priorSquares = 1_000;
/** Entries an hour below which its scatter says little. */
const leastMean = 3;
/** Of the sums that the shape comes from: what an hour leaves of them. */
const fade = 1 - 1 / 1_000;

export class HoursOfWeek {
  #mean = new Float64Array(week);
  #weeks = new Float64Array(week);
  #counts = new Float64Array(kept);
  /** 1 where an hour is not to teach. */
  #odd = new Float64Array(kept);
  /** Sums of squared means, and of squared deviations beyond what chance has of them. */
  #squares: [means: number, scatter: number] = [priorSquares, priorSquares];
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
      this.#odd[this.#hour % kept] = teaches ? 0 : 1;
      this.#learn(this.#hour - lag);
      this.#counts[(this.#hour + 1) % kept] = 0;
      this.#odd[(this.#hour + 1) % kept] = 1;
    }
    if (hour > this.#hour - kept) this.#counts[hour % kept]!++;
  }

  #learn(hour: number): void {
    if (hour < 0 || this.#odd[hour % kept] !== 0) return;
    const slot = hour % week;
    const count = this.#counts[hour % kept]!;
    const mean = this.#weeks[slot]! >= leastWeeks ? this.#mean[slot]! : 0;
    if (mean >= leastMean) {
      this.#squares[0] = this.#squares[0] * fade + mean ** 2;
      this.#squares[1] = this.#squares[1] * fade + (count - mean) ** 2 - mean;
    }
    const weeks = count > 0 ? Math.min(memoryWeeks, this.#weeks[slot]! + 1) : 0;
    if (weeks > 0) this.#mean[slot]! += (count - this.#mean[slot]!) / weeks;
    this.#weeks[slot] = weeks;
  }

  /** Of the negative binomial count of an hour, 1 and more: the greater, the less likely is an hour of nothing. */
  get shape(): number {
    const [means, scatter] = this.#squares;
    return Math.min(mostShape, Math.max(1, means / Math.max(1, scatter)));
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
    return [this.#mean, this.#weeks, this.#counts, this.#odd].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#hour, ...this.#squares]);
    for (const part of [this.#mean, this.#weeks, this.#counts, this.#odd]) out.array(part);
  }

  load(input: SnapshotReader): void {
    const [hour, means, scatter] = input.numbers(3);
    this.#hour = hour;
    this.#squares = [means, scatter];
    this.#mean = input.array(Float64Array);
    this.#weeks = input.array(Float64Array);
    this.#counts = input.array(Float64Array);
    this.#odd = input.array(Float64Array);
  }
}
