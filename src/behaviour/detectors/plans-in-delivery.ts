/**
 * Which plan a patient is being treated by, as treatment records tell, and whether another plan is a copy of it.
 *
 * Of a plan that was stored before anybody watched, records still tell beams and metersets (PS3.3 C.8.8.21). Who copies it
 * to alter it keeps the copy close, or the machine would not give it: each beam that both have says by how much closer its
 * meterset is than that of an unrelated plan, −ln P(|ln a/b| ≤ δ), metersets being about lognormal with a deviation of ½. One
 * factor for all beams hides nothing.
 */
import type { Hash64 } from "../stats/hash.ts";
import { Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

/** Row of a patient: worth, the plan's hash in four parts, the first record of it (days since 1970). */
const row = { plan: 1, since: 5, floats: 6 } as const;
const day = 86_400;
const lasts = 90 * day;
/** Density at 0 of ln a/b of unrelated beams, twice: the deviation of each is ½. */
const density = 2 / (Math.SQRT2 * 0.5 * Math.sqrt(2 * Math.PI));
/** As near as metersets are stated. */
const rounding = 0.005;

export interface InDelivery {
  plan: Hash64;
  /** Seconds since 1970, to a few minutes. */
  since: number;
}

export class PlansInDelivery {
  readonly #rows: Rows;

  constructor(capacity: number) {
    this.#rows = new Rows(capacity, row.floats, lasts);
  }

  of(patient: Hash64): InDelivery | undefined {
    const at = this.#rows.known(patient);
    if (at < 0) return undefined;
    const { data } = this.#rows;
    const [a, b, c, d] = [0, 1, 2, 3].map((part) => data[at + row.plan + part]!) as [number, number, number, number];
    return { plan: { high: a * 65_536 + b, low: c * 65_536 + d }, since: data[at + row.since]! * day };
  }

  /** A record of that plan. */
  delivered(patient: Hash64, { high, low }: Hash64, time: number): void {
    const known = this.of(patient)?.plan;
    const at = this.#rows.of(patient, time);
    const { data } = this.#rows;
    data[at]! += 1;
    this.#rows.touch(at, time);
    if (known && known.high === high && known.low === low) return;
    data.set([high >>> 16, high & 0xffff, low >>> 16, low & 0xffff, time / day], at + row.plan);
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  save(out: SnapshotWriter): void {
    this.#rows.save(out);
  }

  load(input: SnapshotReader): void {
    this.#rows.load(input);
  }
}

/**
 * Nats by which metersets are those of a copy rather than of another plan: of one whose beams are near by themselves, or
 * of one that was scaled as a whole, which costs the beam that tells the scale.
 * @param pairs of the same beam, > 0
 */
export function likeness(pairs: readonly (readonly [a: number, b: number])[]): number {
  const apart = pairs.map(([a, b]) => Math.log(a / b)).sort((a, b) => a - b);
  const scale = apart[apart.length >> 1] ?? 0;
  const scaled = apart.map((one) => nearness(one - scale));
  return Math.max(sumOf(apart.map(nearness)), sumOf(scaled) - Math.max(0, ...scaled));
}

function nearness(apart: number): number {
  return Math.max(0, -Math.log(density * Math.max(rounding, Math.abs(apart))));
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
