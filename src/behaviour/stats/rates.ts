/**
 * Decayed counts of one kind (say, what a source does) at every scale, each against a robust habit.
 *
 * count  c(t) = Σ w_i·exp(−(t−t_i)/τ): a continuous clock, no ticks (cf. MIDAS-R, arXiv 2009.08452)
 * habit  mean m and variance v of c when its windows close, over effectively independent windows (weight 1−exp(−gap/τ)
 *        each); what a window teaches is bounded (Huber), and the population's habit is the prior.
 * evidence  of a count above the habit: the Poisson deviance c·ln(c/m) − c + m (nats), divided by the overdispersion
 *        v/m where that exceeds 1 (quasi-likelihood, McCullagh & Nelder 1989): bursty is not suspicious for the bursty.
 *
 * Per scale a row holds [count, mean, variance, windows] from `offset` on.
 */
import { learningBound, memoryWindows, populationMemory, priorWindows, scales } from "../parameters.ts";
import type { SnapshotReader, SnapshotWriter } from "./snapshot.ts";

const fields = 4;
export const rateFloats = scales.length * fields;

/** exp(−gap/τ) at every scale for one row's gap; computed once and used by all kinds of that row. */
export function decays(gap: number, out: Float64Array): void {
  for (let k = 0; k < scales.length; k++) out[k] = Math.exp(-gap / scales[k]!);
}

export class Rates {
  /** The strongest evidence of the last `observe`, for the explanation. */
  strongest = 0;
  strongestScale = 0;
  observed = 0;
  expected = 0;
  readonly #offset: number;
  /** Population habit: [mean, variance, windows] a scale. */
  #population = new Float64Array(scales.length * 3);

  constructor(offset: number) {
    this.#offset = offset;
    for (let k = 0; k < scales.length; k++) this.#population.set([1, 1, 1], k * 3);
  }

  /** Time has passed since the row was last touched: its windows teach the habit, then its counts decay. */
  advance(data: Float32Array, base: number, decay: Float64Array): void {
    const population = this.#population;
    for (let k = 0; k < scales.length; k++) {
      const at = base + this.#offset + k * fields;
      const general = k * 3;
      const fresh = 1 - decay[k]!;
      const count = data[at]!;
      const windows = data[at + 3]!;
      const share = windows + priorWindows;
      const mean = (data[at + 1]! * windows + population[general]! * priorWindows) / share;
      const learnt = Math.min(count, mean * learningBound);
      const deviation = (learnt - mean) ** 2;
      const weight = Math.min(memoryWindows, windows + fresh);
      if (weight > 0) {
        data[at + 2]! += ((deviation - data[at + 2]!) * fresh) / weight;
        data[at + 1]! += ((learnt - data[at + 1]!) * fresh) / weight;
      }
      data[at + 3] = weight;
      const seen = Math.min(populationMemory, population[general + 2]! + fresh);
      population[general]! +=
        ((Math.min(count, population[general]! * learningBound) - population[general]!) * fresh) / seen;
      population[general + 1]! += ((deviation - population[general + 1]!) * fresh) / seen;
      population[general + 2] = seen;
      data[at] = count * decay[k]!;
    }
  }

  /** Adds to the counts (`increments` a scale) and returns the evidence over all scales, in nats, ≥ 0. */
  observe(data: Float32Array, base: number, increments: Float64Array): number {
    const population = this.#population;
    let total = 0;
    this.strongest = 0;
    for (let k = 0; k < scales.length; k++) {
      const at = base + this.#offset + k * fields;
      const count = data[at]! + increments[k]!;
      data[at] = count;
      const windows = data[at + 3]!;
      const share = windows + priorWindows;
      const mean = (data[at + 1]! * windows + population[k * 3]! * priorWindows) / share;
      if (count <= mean) continue;
      const variance = (data[at + 2]! * windows + population[k * 3 + 1]! * priorWindows) / share;
      let evidence = count * Math.log(count / mean) - count + mean;
      if (variance > mean) evidence *= mean / variance;
      total += evidence;
      if (evidence > this.strongest) {
        this.strongest = evidence;
        this.strongestScale = k;
        this.observed = count;
        this.expected = mean;
      }
    }
    return total;
  }

  /** What peers do at a scale: the population's mean. */
  peer(scale: number): number {
    return this.#population[scale * 3]!;
  }

  save(out: SnapshotWriter): void {
    out.array(this.#population);
  }

  load(input: SnapshotReader): void {
    this.#population = input.array(Float64Array);
  }
}
