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
export const tailShare = 0.02;
/** Hours after which a sample counts half: long enough for weekends, short enough for change … */
const halfLife = 168;
const shortestHalfLife = 6;
/** … but a young stream, in which everything was new at first, forgets by this share of its age. */
const shareOfAge = 1 / 8;
const hoursPerWeek = 168;
const refitEvery = 32;
/** Tail samples that a body sample pays for: a little more than the share they have by definition. */
const creditPerSample = 1.25 * tailShare;
const mostCredit = 20;
const leastExcess = 0.5;
/** Nats above the mean: among entities that are all alike, every deviation is rare, but few matter. */
const leastRemarkable = 2;

export class Peaks {
  /** Samples ever taken. */
  samples = 0;
  #histogram = new Float64Array(bins);
  #mass = 0;
  #sum = 0;
  /** Weeks that the mass was gathered in, faded alike. */
  #weeks = 0;
  #firstHour = -1;
  #hour = -1;
  #credit = mostCredit;
  /** −ln P(peak ≥ bin), kept for look-up. */
  #surprise = new Float64Array(bins);
  #tailStart = 0;
  #tailMean = 1;

  /** Does a score lie in the tail, and by more than a trifle, so that it is evidence of anything at all? */
  remarkable(score: number): boolean {
    return score > this.#tailStart && score > this.mean + leastRemarkable;
  }

  /** Nats: −ln of the share of ordinary entity-hours that peak as high. */
  surprise(score: number): number {
    if (score <= this.#tailStart) return this.#surprise[binOf(score)]!;
    return (score - this.#tailStart) / this.#tailMean - Math.log(tailShare);
  }

  /** What ordinary entity-hours peak at, on average. */
  get mean(): number {
    return this.#mass > 0 ? this.#sum / this.#mass : 0;
  }

  /** Entity-hours a week, lately. */
  get weeklyRate(): number {
    return this.#mass / Math.max(this.#weeks, 1 / hoursPerWeek);
  }

  /** The stream has reached this hour: older samples fade. */
  advance(hour: number): void {
    if (hour <= this.#hour) return;
    if (this.#hour < 0) this.#firstHour = hour;
    const elapsed = this.#hour < 0 ? 1 : hour - this.#hour;
    const life = Math.min(halfLife, Math.max(shortestHalfLife, (hour - this.#firstHour) * shareOfAge));
    const fade = 2 ** (-elapsed / life);
    for (let bin = 0; bin < bins; bin++) this.#histogram[bin]! *= fade;
    this.#mass *= fade;
    this.#sum *= fade;
    this.#weeks = this.#weeks * fade + elapsed / hoursPerWeek;
    this.#hour = hour;
  }

  /** @param residual the peak without what the entity usually is above everyone; @param peak as it was */
  learn(residual: number, peak: number): void {
    if (residual > this.#tailStart && this.samples >= refitEvery) {
      if (this.#credit < 1) return;
      this.#credit--;
    } else {
      this.#credit = Math.min(mostCredit, this.#credit + creditPerSample);
    }
    this.#histogram[binOf(residual)]!++;
    this.#mass++;
    this.#sum += peak;
    this.samples++;
    if (this.samples % refitEvery === 0) this.#fit();
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
    out.numbers([this.samples, this.#mass, this.#sum, this.#weeks, this.#firstHour, this.#hour]);
    out.numbers([this.#credit, this.#tailStart, this.#tailMean]);
    out.array(this.#histogram);
    out.array(this.#surprise);
  }

  load(input: SnapshotReader): void {
    const [samples, mass, sum, weeks, firstHour, hour] = input.numbers(6);
    this.samples = samples!;
    this.#mass = mass!;
    this.#sum = sum!;
    this.#weeks = weeks!;
    this.#firstHour = firstHour!;
    this.#hour = hour!;
    const [credit, tailStart, tailMean] = input.numbers(3);
    this.#credit = credit!;
    this.#tailStart = tailStart!;
    this.#tailMean = tailMean!;
    this.#histogram = input.array(Float64Array);
    this.#surprise = input.array(Float64Array);
  }
}

function binOf(score: number): number {
  return Math.min(bins - 1, Math.max(0, Math.floor(score / binWidth)));
}
