/**
 * How often ordinary entity-hours reach a value. Body: a histogram that fades by half in four weeks (faster while young).
 * Tail: beyond the 98 % quantile the excess is exponential, its mean from the median excess (peaks over threshold,
 * Pickands 1975; the scale is logarithmic, on which power laws are exponential). Tail samples are only learnt against a
 * credit that ordinary ones earn, so that a coordinated attack cannot make its own level ordinary.
 */
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

const bins = 256;
const binWidth = 0.125;
const tailShare = 0.02;
const hour = 3_600;
const halfLife = 28 * 24 * hour;
const shareOfAge = 1 / 4;
const refitEvery = 32;
const credit = { perSample: 1.5 * tailShare, most: 10 } as const;
const leastExcess = 0.8;

export class Tail {
  #histogram = new Float64Array(bins);
  #surprise = new Float64Array(bins);
  #mass = 0;
  #samples = 0;
  #credit: number = credit.most;
  #start = 0;
  #mean: number = leastExcess;
  #first = 0;
  #last = 0;

  get mass(): number {
    return this.#mass;
  }

  /** Nats: −ln of the share of ordinary entity-hours that reach it. */
  surprise(value: number): number {
    if (this.#samples < refitEvery) return Math.min(value, 4);
    if (value <= this.#start) return this.#surprise[binOf(value)]!;
    return (value - this.#start) / this.#mean - Math.log(tailShare);
  }

  learn(value: number, time: number): void {
    if (this.#samples === 0) this.#first = this.#last = time;
    if (value > this.#start && this.#samples >= refitEvery) {
      if (this.#credit < 1) return;
      this.#credit--;
    } else this.#credit = Math.min(credit.most, this.#credit + credit.perSample);
    this.#histogram[binOf(value)]!++;
    this.#mass++;
    if (++this.#samples % refitEvery === 0) this.#fit(time);
  }

  #fit(time: number): void {
    const life = Math.min(halfLife, Math.max(12 * hour, (time - this.#first) * shareOfAge));
    const fade = 2 ** (-Math.max(0, time - this.#last) / life);
    this.#last = time;
    this.#mass *= fade;
    let above = 0;
    let tail = bins;
    let median = bins;
    for (let bin = bins - 1; bin >= 0; bin--) {
      this.#histogram[bin]! *= fade;
      above += this.#histogram[bin]!;
      this.#surprise[bin] = -Math.log((above + 0.5) / (this.#mass + 1));
      if (above > tailShare * this.#mass) continue;
      if (above <= (tailShare / 2) * this.#mass) median = bin;
      tail = bin;
    }
    this.#start = tail * binWidth;
    this.#mean = Math.max(leastExcess, ((median - tail + 0.5) * binWidth) / Math.LN2);
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#mass, this.#samples, this.#credit, this.#start, this.#mean, this.#first, this.#last]);
    out.array(this.#histogram);
    out.array(this.#surprise);
  }

  load(input: SnapshotReader): void {
    const [mass, samples, owed, start, mean, first, last] = input.numbers(7);
    this.#mass = mass!;
    this.#samples = samples!;
    this.#credit = owed!;
    this.#start = start!;
    this.#mean = mean!;
    this.#first = first!;
    this.#last = last!;
    this.#histogram = input.array(Float64Array);
    this.#surprise = input.array(Float64Array);
  }
}

function binOf(value: number): number {
  return Math.min(bins - 1, Math.max(0, Math.floor(value / binWidth)));
}
