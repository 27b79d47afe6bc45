/**
 * Decayed counts of one kind against habits that are learnt only as far as they are trusted.
 *
 * Like Rates, with two differences: what a window teaches is weighted by the trust that the engine last gave the row,
 * and who stands as prior behind an own habit is a pool (the peers) that the caller names.
 *
 * count  c(t) = Σ w_i·exp(−(t−t_i)/τ); habit: mean and variance of c over closed windows, each bounded (Huber 1964) at
 * `learningBound` times the habit. Evidence: Poisson deviance c·ln(c/m) − c + m over the overdispersion v/m
 * (McCullagh & Nelder 1989), nats.
 *
 * A row holds [trust, then per scale count, mean, variance, windows].
 */
import { learningBound, memoryWindows, priorWindows } from "../parameters.ts";
import type { SnapshotReader, SnapshotWriter } from "./snapshot.ts";

const fields = 4;
const pools = 64;
/** Windows a pool remembers. */
const poolMemory = 5_000;
const trustReturns = 6 * 3_600;

export class Habits {
  /** Of the last `observe`: the strongest scale, and its count against its habit. */
  strongest = 0;
  scale = 0;
  observed = 0;
  expected = 0;
  peer = 0;
  readonly floats: number;
  readonly #scales: readonly number[];
  readonly #offset: number;
  readonly #least: number;
  #pools: Float64Array;

  /** @param least a habit below this is taken for this: too few to judge by */
  constructor(scales: readonly number[], offset: number, least: number) {
    this.#scales = scales;
    this.#offset = offset;
    this.#least = least;
    this.floats = 1 + scales.length * fields;
    this.#pools = new Float64Array(pools * scales.length * 3);
    for (let at = 0; at < this.#pools.length; at += 3) this.#pools.set([least, least, 1], at);
  }

  /** Time has passed: windows teach as far as the row is trusted, then counts decay. */
  advance(data: Float32Array, base: number, gap: number, pool: number): void {
    const start = base + this.#offset;
    const trust = 1 - data[start]!;
    for (let k = 0; k < this.#scales.length; k++) {
      const at = start + 1 + k * fields;
      const decay = Math.exp(-gap / this.#scales[k]!);
      this.#teach(data, at, (1 - decay) * trust, this.#poolAt(pool, k), k === 0 ? 0 : this.#asMuch(data, start, k));
      data[at]! *= decay;
    }
    data[start]! *= Math.exp(-gap / trustReturns);
  }

  /** While few windows of a scale are known: what the habit at the scale below comes to in one, if it goes on. */
  #asMuch(data: Float32Array, start: number, k: number): number {
    const at = start + 1 + k * fields;
    if (data[at + 3]! >= priorWindows) return 0;
    return (data[at - fields + 1]! * this.#scales[k]!) / this.#scales[k - 1]!;
  }

  #teach(data: Float32Array, at: number, fresh: number, general: number, asMuch: number): void {
    const shared = this.#pools;
    const windows = data[at + 3]!;
    const mean = (data[at + 1]! * windows + shared[general]! * priorWindows) / (windows + priorWindows);
    const learnt = Math.min(data[at]!, Math.max(asMuch, Math.max(mean, this.#least) * learningBound));
    const deviation = (learnt - mean) ** 2;
    const weight = Math.min(memoryWindows, windows + fresh);
    if (weight > 0) {
      data[at + 2]! += ((deviation - data[at + 2]!) * fresh) / weight;
      data[at + 1]! += ((learnt - data[at + 1]!) * fresh) / weight;
    }
    data[at + 3] = weight;
    const seen = Math.min(poolMemory, shared[general + 2]! + fresh);
    const bounded = Math.min(data[at]!, Math.max(asMuch, Math.max(shared[general]!, this.#least) * learningBound));
    shared[general]! += ((bounded - shared[general]!) * fresh) / seen;
    shared[general + 1]! += ((deviation - shared[general + 1]!) * fresh) / seen;
    shared[general + 2] = seen;
  }

  /**
   * @param increment what the event adds at each scale
   * @param excused a level that is ordinary at this time of the week, by scale; 0 where nothing is known
   * @param aside base of a row whose counts are left out: of everybody, those of whoever acts
   * @returns nats ≥ 0: the strongest scale's evidence and half of the others'
   */
  observe(
    data: Float32Array,
    base: number,
    increment: ArrayLike<number>,
    pool: number,
    excused = 0,
    aside = -1,
  ): number {
    let sum = 0;
    this.strongest = 0;
    for (let k = 0; k < this.#scales.length; k++) {
      const at = base + this.#offset + 1 + k * fields;
      data[at]! += increment[k]!;
      const count = aside < 0 ? data[at]! : data[at]! - this.count(data, aside, k);
      const evidence = this.#evidence(data, at, k, pool, count, excused);
      sum += evidence;
      if (evidence <= this.strongest) continue;
      this.strongest = evidence;
      this.scale = this.#scales[k]!;
    }
    return (sum + this.strongest) / 2;
  }

  #evidence(data: Float32Array, at: number, k: number, pool: number, count: number, excused: number): number {
    const general = this.#poolAt(pool, k);
    const windows = data[at + 3]!;
    const share = windows + priorWindows;
    const peer = this.#pools[general]!;
    const own = (data[at + 1]! * windows + peer * priorWindows) / share;
    const mean = Math.max(own, this.#least, Math.min(excused, count) * excuse(this.#scales[k]!));
    if (count <= mean) return 0;
    const variance = (data[at + 2]! * windows + this.#pools[general + 1]! * priorWindows) / share;
    const evidence = (count * Math.log(count / mean) - count + mean) * Math.min(1, mean / variance);
    if (evidence > this.strongest) {
      this.observed = count;
      this.expected = mean;
      this.peer = peer;
    }
    return evidence;
  }

  /** Ordinary as far as `weight` says, 0 to 1. */
  trust(data: Float32Array, base: number, weight: number): void {
    const at = base + this.#offset;
    data[at] = Math.max(data[at]!, 1 - weight);
  }

  trusted(data: Float32Array, base: number): number {
    return 1 - data[base + this.#offset]!;
  }

  count(data: Float32Array, base: number, k: number): number {
    return data[base + this.#offset + 1 + k * fields]!;
  }

  #poolAt(pool: number, k: number): number {
    return ((pool % pools) * this.#scales.length + k) * 3;
  }

  save(out: SnapshotWriter): void {
    out.array(this.#pools);
  }

  load(input: SnapshotReader): void {
    this.#pools = input.array(Float64Array);
  }
}

/** What recurs in an hour of the week says little about a minute of it and nothing about a day. */
function excuse(scale: number): number {
  return scale <= 3_600 ? 1 : 0;
}
