/**
 * What somebody may do of one kind within a time, at several scales, against its own habit and its peers'.
 *
 * count    Σ w·exp(−age/τ): a continuous clock, no ticks
 * trusted  the part of it that the whole engine found ordinary: the habit learns from this alone, bounded (Huber) at four
 *          times what it is and one more, so neither one flood nor a patient attacker makes itself ordinary
 * habit    mean and variance of the count when windows close, over effectively independent windows (1 − exp(−gap/τ)
 *          each); the peers' are the prior
 * nats     negative-binomial excess of the count over the habit; the shape follows from the variance
 *
 * A row holds per scale [count, trusted, mean, variance, windows] from `offset` on.
 */
import type { SnapshotReader, SnapshotWriter } from "./snapshot.ts";
import { excess } from "./surprise.ts";

export interface BudgetOptions {
  /** Seconds. */
  scales: readonly number[];
  /** Of the first float in a row. */
  offset: number;
  /** A window's ordinary count, before anything is known of anybody. */
  ordinary: number;
  /** Shape of a rate that nothing is known of: the smaller, the more it takes to surprise. */
  shape?: number;
}

const fields = 5;
/** Peer groups kept apart; others share. The last pool is everybody. */
const pools = 16;
const poolFields = 3;
const priorWindows = 6;
const memory = 40;
const poolMemory = 4_000;
const learningBound = 4;
/** Seconds of watching that a unit of shape takes: hours of silence make nobody's burst impossible. */
const daysToTrust = 4 * 86_400;
const unknownShape = 0.5;

export class Budget {
  /** Of the last `add`: the scale in seconds that surprised most, its count, habit and peers' habit. */
  scale = 0;
  observed = 0;
  expected = 0;
  peer = 0;
  readonly floats: number;
  readonly #options: BudgetOptions;
  #pools: Float64Array;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.floats = options.scales.length * fields;
    this.#pools = new Float64Array(pools * options.scales.length * poolFields);
    for (let at = 0; at < this.#pools.length; at += poolFields)
      this.#pools.set([options.ordinary, options.ordinary, 1], at);
  }

  /** Time has passed since the row was last touched: what has closed teaches, then the counts decay. */
  advance(data: Float32Array, base: number, gap: number, group: number): void {
    if (!(gap > 0)) return;
    const { scales, offset } = this.#options;
    for (let k = 0; k < scales.length; k++) {
      const at = base + offset + k * fields;
      const decay = Math.exp(-gap / scales[k]!);
      const trusted = data[at + 1]!;
      this.#learn(data, at, k, trusted, 1 - decay, group);
      data[at] = data[at]! * decay;
      data[at + 1] = trusted * decay;
    }
  }

  #learn(data: Float32Array, at: number, k: number, trusted: number, fresh: number, group: number): void {
    const general = this.#general(k, group);
    const pool = this.#pools;
    const allowed = Math.max(1, this.#options.ordinary);
    const windows = data[at + 4]!;
    const mean = (data[at + 2]! * windows + pool[general]! * priorWindows) / (windows + priorWindows);
    const learnt = Math.min(trusted, mean * learningBound + allowed);
    const weight = Math.min(memory, windows + fresh);
    const step = fresh / weight;
    data[at + 3]! += ((learnt - mean) ** 2 - data[at + 3]!) * step;
    data[at + 2]! += (learnt - data[at + 2]!) * step;
    data[at + 4] = weight;
    for (const where of general === this.#general(k, pools - 1) ? [general] : [general, this.#general(k, pools - 1)]) {
      const seen = Math.min(poolMemory, pool[where + 2]! + fresh);
      const most = pool[where]! * learningBound + allowed;
      pool[where + 1]! += ((Math.min(learnt, most) - pool[where]!) ** 2 - pool[where + 1]!) * (fresh / seen);
      pool[where]! += (Math.min(learnt, most) - pool[where]!) * (fresh / seen);
      pool[where + 2] = seen;
    }
  }

  /**
   * Adds to the counts.
   * @param aside a row whose counts are left out: of everybody, those of whoever acts
   * @returns nats of the scale that surprises most
   */
  add(data: Float32Array, base: number, amount: number, group: number, aside?: Float32Array): number {
    const { scales, offset, shape = unknownShape } = this.#options;
    let most = 0;
    this.observed = 0;
    for (let k = 0; k < scales.length; k++) {
      const at = base + offset + k * fields;
      data[at]! += amount;
      const count = aside ? Math.max(0, data[at]! - aside[offset + k * fields]!) : data[at]!;
      const general = this.#general(k, group);
      const peer = this.#pools[general]!;
      const windows = data[at + 4]!;
      const share = windows + priorWindows;
      const mean = (data[at + 2]! * windows + peer * priorWindows) / share;
      const variance = (data[at + 3]! * windows + this.#pools[general + 1]! * priorWindows) / share;
      const regular = variance > mean ? (mean * mean) / (variance - mean) : mean + share;
      const nats = excess(
        count,
        Math.max(mean, this.#options.ordinary * 0.1),
        shape + Math.min(regular, (windows * scales[k]!) / daysToTrust),
      );
      if (nats <= most && this.observed > 0) continue;
      most = nats;
      [this.scale, this.observed, this.expected, this.peer] = [scales[k]!, count, mean, peer];
    }
    return most;
  }

  /** What was added is ordinary to this extent: `amount` times the engine's weight. */
  trust(data: Float32Array, base: number, amount: number): void {
    const { scales, offset } = this.#options;
    for (let k = 0; k < scales.length; k++) data[base + offset + k * fields + 1]! += amount;
  }

  /** A group that little is known of goes by everybody. */
  #general(k: number, group: number): number {
    const { length } = this.#options.scales;
    const own = ((Math.abs(group) % (pools - 1)) * length + k) * poolFields;
    const everybody = ((pools - 1) * length + k) * poolFields;
    return this.#pools[own + 2]! >= priorWindows * 2 ? own : everybody;
  }

  save(out: SnapshotWriter): void {
    out.array(this.#pools);
  }

  load(input: SnapshotReader): void {
    this.#pools = input.array(Float64Array);
  }
}

/** A span in words. */
export function spanOf(seconds: number): string {
  const days = seconds / 86_400;
  if (days >= 2) return `${Math.round(days)} days`;
  if (seconds > 3_600) return "a day";
  return seconds > 60 ? "an hour" : "a minute";
}

/** An amount in words. */
export function amountOf(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1);
}
