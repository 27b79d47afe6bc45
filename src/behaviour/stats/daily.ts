/**
 * Days of an account against what it does in thirty: slow and low. An e-detector over active days (Shin, Ramdas & Rinaldo
 * 2022, "E-detectors"), of several quantities at once.
 *
 * expected  λ·Δ: Gamma-Poisson rate λ a day, remembered for thirty days, with the peers' as prior; Δ the days since the
 *           account was last active, so that days of silence count for it. Never below the peers' rate: whoever grows
 *           into what its group does is no suspect
 * odd       excess y of the day's count over it (negative binomial, Chernoff; compressed), less what this account's days
 *           usually have and in units of how they vary, held against the days of its peers (Calibration): p. A weekly
 *           copy or a burst now and then is the account's own custom
 * evidence  M ← max(1, M·e(p)), e(p) the mean of κ·p^(κ−1) over κ = ½ and ⅒ (Vovk & Wang 2021). A day gives a bounded share,
 *           so that no single day decides: that is the matter of shorter scales. Under ordinary days M reaches c once in
 *           c account-days at most.
 *
 * The day under way counts with what it has so far, which only grows. A row holds the fields below from `offset` on.
 */
import { Calibration } from "../calibration/calibration.ts";
import { DailyRates } from "./daily-rates.ts";
import type { SnapshotReader, SnapshotWriter } from "./snapshot.ts";
import { excess } from "./surprise.ts";

const day = 86_400;
/** Of the whole row: day under way and the one closed last (days since 1970, plus one), trust of its events and how many, days known (decayed), days closed. */
const shared = { today: 0, before: 1, trust: 2, events: 3, known: 4, closed: 5, floats: 6 } as const;
/** Of each quantity: today's count, all known (decayed), usual y and its mean square deviation, ln M, and since M was 1: count, expected, days. */
const own = { count: 0, total: 1, usual: 2, spread: 3, evidence: 4, run: 5, expected: 6, days: 7, floats: 8 } as const;

const memoryDays = 30;
/** Days that the peers' rate counts for against the own one. */
const priorDays = 5;
/** Silence beyond this many days says nothing more. */
const mostGap = 7;
/** Closed days that a usual y of 0, varying by 1, counts for. */
const usualPrior = 6;
const usualStep = 6;
/** Closed days before which an account is too new to have done more than it does. */
const leastClosed = 5;
const compression = 4;
/** Nats that a day may take. */
const leastADay = -Math.LN2;
const mostEvidence = 24;
/** A count teaches at most this multiple of what was expected, and one more; a day that is odd by itself, this share of the difference. */
const learningBound = 4;
const oddLesson = 0.2;

export interface DailyOptions {
  /** Of the row's first field. */
  offset: number;
  /** Of each quantity: a day's count below this is too small to be odd. */
  least: readonly number[];
  /** Nats that a day may give. */
  mostADay: number;
  /** Of the negative binomial: 1 where a rate is known to a factor, more where it hardly varies. */
  shape: number;
}

export class Daily {
  readonly floats: number;
  readonly #options: DailyOptions;
  readonly #offset: number;
  readonly #count: number;
  readonly #calibrations: Calibration[];
  readonly #rates: DailyRates;

  constructor(options: DailyOptions) {
    const { offset, least } = options;
    this.#options = options;
    this.#offset = offset;
    this.#count = least.length;
    this.floats = shared.floats + this.#count * own.floats;
    this.#calibrations = least.map(() => new Calibration());
    this.#rates = new DailyRates(least);
  }

  /** Active days of all accounts a week, lately: how often the test is made. */
  get daysAWeek(): number {
    return this.#rates.daysAWeek;
  }

  /** Turns to the day of `time`; one that is over teaches. */
  turn(data: Float32Array, base: number, time: number, group: number): void {
    const at = base + this.#offset;
    const today = Math.floor(time / day) + 1;
    if (data[at] === today) return;
    if (data[at] === 0) data[at + shared.before] = today - 1;
    else this.#close(data, at, time, group);
    data[at] = today;
    data[at + shared.trust] = 0;
    data[at + shared.events] = 0;
  }

  add(data: Float32Array, base: number, quantity: number, amount: number): void {
    data[this.#at(base, quantity) + own.count]! += amount;
  }

  /** ln M of a quantity as of the days that are over. */
  gathered(data: Float32Array, base: number, quantity: number): number {
    return data[this.#at(base, quantity) + own.evidence]!;
  }

  /** ln M of a quantity with the day under way. */
  evidence(data: Float32Array, base: number, quantity: number, group: number): number {
    const one = this.#at(base, quantity);
    const nats = this.surprise(data, base, quantity, group);
    return Math.max(0, data[one + own.evidence]! + (data[one]! > 0 ? this.#step(nats) : 0));
  }

  /** −ln p of the day under way: how odd it is for this account among days of its peers. */
  surprise(data: Float32Array, base: number, quantity: number, group: number): number {
    const at = base + this.#offset;
    if (data[this.#at(base, quantity)] === 0 || data[at + shared.closed]! < leastClosed) return 0;
    const strange = this.#strange(data, at, quantity, this.#odd(data, at, quantity, group));
    return this.#surprise(quantity, strange, group);
  }

  /** Since the evidence began to gather, today included: days, count, and what was to be expected. */
  run(data: Float32Array, base: number, quantity: number, group: number): [days: number, count: number, usual: number] {
    const one = this.#at(base, quantity);
    const expected = this.#expected(data, base + this.#offset, quantity, group);
    return [data[one + own.days]! + 1, data[one + own.run]! + data[one]!, data[one + own.expected]! + expected];
  }

  /** One more event of the day is ordinary to this extent, 0 to 1; their mean is what the day teaches. */
  trust(data: Float32Array, base: number, weight: number): void {
    const at = base + this.#offset;
    data[at + shared.trust]! += weight;
    data[at + shared.events]! += 1;
  }

  #at(base: number, quantity: number): number {
    return base + this.#offset + shared.floats + quantity * own.floats;
  }

  #gap(data: Float32Array, at: number): number {
    return Math.min(mostGap, Math.max(1, data[at]! - data[at + shared.before]!));
  }

  #expected(data: Float32Array, at: number, quantity: number, group: number): number {
    const total = data[at + shared.floats + quantity * own.floats + own.total]!;
    const known = data[at + shared.known]!;
    const peers = this.#rates.peers(quantity, group);
    const rate = Math.max(peers, (total + priorDays * peers) / (known + priorDays));
    return Math.max(this.#options.least[quantity]!, rate * this.#gap(data, at));
  }

  #odd(data: Float32Array, at: number, quantity: number, group: number): number {
    const count = data[at + shared.floats + quantity * own.floats]!;
    const nats = excess(count, this.#expected(data, at, quantity, group), this.#options.shape);
    return compression * Math.log1p(nats / compression);
  }

  /** How far a day's y lies beyond the account's own. */
  #strange(data: Float32Array, at: number, quantity: number, y: number): number {
    const one = at + shared.floats + quantity * own.floats;
    const closed = data[at + shared.closed]!;
    const share = closed / (closed + usualPrior);
    const variance = data[one + own.spread]! * share + (1 - share);
    return (y - data[one + own.usual]! * share) / Math.sqrt(Math.max(1, variance));
  }

  #surprise(quantity: number, strange: number, group: number): number {
    return strange <= 0 ? 0 : this.#calibrations[quantity]!.surprise(strange, group);
  }

  #close(data: Float32Array, at: number, time: number, group: number): void {
    const gap = this.#gap(data, at);
    const fade = Math.exp(-gap / memoryDays);
    const weight = data[at + shared.trust]! / Math.max(1, data[at + shared.events]!);
    const isKnown = data[at + shared.closed]! >= leastClosed;
    const closed = Math.min(memoryDays, data[at + shared.closed]! + 1);
    for (let quantity = 0; quantity < this.#count; quantity++) {
      const one = at + shared.floats + quantity * own.floats;
      const expected = this.#expected(data, at, quantity, group);
      const y = this.#odd(data, at, quantity, group);
      const strange = this.#strange(data, at, quantity, y);
      const nats = isKnown ? this.#step(this.#surprise(quantity, strange, group)) : leastADay;
      this.#gather(data, one, nats, expected);
      this.#calibrations[quantity]!.learn(Math.max(0, strange), group, time);
      const lesson = nats > 1 ? oddLesson : 1;
      const news = Math.min(y - data[one + own.usual]!, usualStep);
      data[one + own.usual]! += (weight * lesson * news) / closed;
      data[one + own.spread]! += (weight * lesson * (news * news - data[one + own.spread]!)) / closed;
      const learnt = this.#learnt(
        data[one]!,
        expected,
        (data[one + own.total]! / Math.max(1, data[at + shared.known]!)) * gap,
        isKnown,
        lesson,
      );
      data[one + own.total] = data[one + own.total]! * fade + weight * learnt;
      const common = this.#rates.peers(quantity, group) * gap * learningBound + 1;
      this.#rates.teach(quantity, group, weight * Math.min(learnt, common));
      data[one] = 0;
    }
    this.#rates.close(group, weight * gap, data[at]!);
    data[at + shared.known] = data[at + shared.known]! * fade + weight * gap;
    data[at + shared.closed] = closed;
    data[at + shared.before] = data[at]!;
  }

  /** ln e(p) of a day, bounded. @param nats −ln p */
  #step(nats: number): number {
    const half = nats / 2 - Math.LN2;
    const tenth = 0.9 * nats - Math.LN10;
    const most = Math.max(half, tenth);
    const mean = most + Math.log((Math.exp(half - most) + Math.exp(tenth - most)) / 2);
    return Math.min(this.#options.mostADay, Math.max(leastADay, mean));
  }

  /** What a day teaches the rate: the first ones whole, since they are what the account does; then from the own rate on, bounded. */
  #learnt(count: number, expected: number, usual: number, isKnown: boolean, lesson: number): number {
    if (!isKnown) return count;
    const bounded = Math.min(count, expected * learningBound + 1);
    return usual + lesson * (bounded - usual);
  }

  #gather(data: Float32Array, one: number, nats: number, expected: number): void {
    const evidence = Math.min(mostEvidence, Math.max(0, data[one + own.evidence]! + nats));
    const isOver = evidence === 0;
    data[one + own.evidence] = evidence;
    data[one + own.run] = isOver ? 0 : data[one + own.run]! + data[one]!;
    data[one + own.expected] = isOver ? 0 : data[one + own.expected]! + expected;
    data[one + own.days] = isOver ? 0 : data[one + own.days]! + 1;
  }

  get bytes(): number {
    return this.#calibrations.reduce((sum, { bytes }) => sum + bytes, this.#rates.bytes);
  }

  save(out: SnapshotWriter): void {
    this.#rates.save(out);
    for (const calibration of this.#calibrations) calibration.save(out);
  }

  load(input: SnapshotReader): void {
    this.#rates.load(input);
    for (const calibration of this.#calibrations) calibration.load(input);
  }
}
