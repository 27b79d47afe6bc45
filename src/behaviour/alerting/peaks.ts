/**
 * How surprising a score is, calibrated on what entities ordinarily peak at in an active hour (one sample an entity
 * and hour: single events are far too many, and far too alike, to set a weekly budget by).
 *
 * Body: a decayed histogram. Tail: above the 98 % quantile u the excess is taken as exponential, its mean β from the median excess
 * (peaks over threshold, Pickands 1975, as in SPOT, Siffer et al. 2017; scores are logarithms of evidence, whose
 * power-law tail is exponential on this scale).
 *
 * What alarms must not become ordinary: a tail sample is learnt against a credit that only body samples earn, so that
 * a coordinated attack by thousands of identities, all in the tail, teaches no more than an ordinary hour would have.
 * True change is still learnt, at the pace of that credit.
 */
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

const bins = 512;
const binWidth = 0.125;
const tailShare = 0.02;
const memory = 50_000;
const refitEvery = 32;
/** Tail samples that a body sample pays for: a little more than the share they have by definition. */
const creditPerSample = 1.25 * tailShare;
const mostCredit = 20;
const leastExcess = 0.5;

export class Peaks {
  /** Samples ever taken. */
  samples = 0;
  #histogram = new Float64Array(bins);
  #mass = 0;
  #credit = mostCredit;
  /** −ln P(peak ≥ bin), kept for look-up. */
  #surprise = new Float64Array(bins);
  #tailStart = 0;
  #tailMean = 1;

  /** Does a score lie in the tail, where it is evidence of anything at all? */
  remarkable(score: number): boolean {
    return score > this.#tailStart;
  }

  /** Nats: −ln of the share of ordinary entity-hours that peak as high. */
  surprise(score: number): number {
    if (score <= this.#tailStart) return this.#surprise[binOf(score)]!;
    return (score - this.#tailStart) / this.#tailMean - Math.log(tailShare);
  }

  /** @returns whether the peak counted as a sample */
  learn(peak: number): boolean {
    if (peak > this.#tailStart && this.samples >= refitEvery) {
      if (this.#credit < 1) return false;
      this.#credit--;
    } else {
      this.#credit = Math.min(mostCredit, this.#credit + creditPerSample);
    }
    this.#histogram[binOf(peak)]!++;
    this.#mass++;
    this.samples++;
    if (this.#mass > memory) this.#fade();
    if (this.samples % refitEvery === 0) this.#fit();
    return true;
  }

  #fade(): void {
    for (let bin = 0; bin < bins; bin++) this.#histogram[bin]! /= 2;
    this.#mass /= 2;
  }

  #fit(): void {
    let above = 0;
    let tail = bins;
    let median = bins;
    for (let bin = bins - 1; bin >= 0; bin--) {
      above += this.#histogram[bin]!;
      this.#surprise[bin] = -Math.log((above + 0.5) / (this.#mass + 1));
      if (above > tailShare * this.#mass) continue;
      if (above <= (tailShare / 2) * this.#mass) median = bin;
      tail = bin;
    }
    this.#tailStart = tail * binWidth;
    const excess = ((median - tail + 0.5) * binWidth) / Math.LN2;
    this.#tailMean = Math.max(leastExcess, excess);
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.samples, this.#mass, this.#credit, this.#tailStart, this.#tailMean]);
    out.array(this.#histogram);
    out.array(this.#surprise);
  }

  load(input: SnapshotReader): void {
    const [samples, mass, credit, tailStart, tailMean] = input.numbers(5) as [number, number, number, number, number];
    this.samples = samples;
    this.#mass = mass;
    this.#credit = credit;
    this.#tailStart = tailStart;
    this.#tailMean = tailMean;
    this.#histogram = input.array(Float64Array);
    this.#surprise = input.array(Float64Array);
  }
}

function binOf(score: number): number {
  return Math.min(bins - 1, Math.max(0, Math.floor(score / binWidth)));
}
