/**
 * Breadth: how many different patients or studies a principal touches in an hour, a day and 30 days, and how many of
 * them are *cold*: not touched by anybody for two weeks. Staff work on the patients of these days; who takes the
 * archive takes what nobody has asked for in years.
 *
 * Distinct counting without sketches: a pair seen again after a gap adds 1 − exp(−gap/τ), what its last visit has
 * decayed to; pairs that are forgotten count as new. Habits, peers and evidence as in Volume.
 */

import { Habits } from "../stats/habits.ts";
import { combine, type Hash64 } from "../stats/hash.ts";
import { KeyTable } from "../stats/key-table.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";
import { round, span } from "./volume.ts";

const scales = [3_600, 86_400, 30 * 86_400] as const;
const coldAfter = 14 * 86_400;
const patience = 30 * 86_400;
/** Until the stream has lasted this long, nothing is known to be cold. */
const coldKnownAfter = 7 * 86_400;
const worth = 0;
const warmAt = 1;

interface Kind {
  what: string;
  pool: number;
}
const all: Kind = { what: "different patients or studies", pool: 0 };
const cold: Kind = { what: "patients or studies that nobody has asked for in two weeks", pool: 1 };
const everybody: Kind = { what: "patients or studies untouched for two weeks", pool: 2 };

export class Breadth implements Detector {
  readonly name = "breadth";
  readonly #warm: Habits;
  readonly #cold: Habits;
  readonly #rows: KeyTable;
  readonly #pairs: KeyTable;
  readonly #objects: KeyTable;
  readonly #stride: number;
  readonly #pair: Hash64 = { high: 0, low: 0 };
  readonly #distinct = new Float64Array(scales.length);
  readonly #chill = new Float64Array(scales.length);
  #first = -1;
  #own = -1;
  #all = -1;

  constructor({ entities, objects }: DetectorLimits) {
    this.#warm = new Habits(scales, warmAt, 1);
    this.#cold = new Habits(scales, warmAt + this.#warm.floats, 1);
    this.#stride = warmAt + this.#warm.floats + this.#cold.floats;
    this.#rows = new KeyTable({ capacity: entities, stride: this.#stride, worth, patience });
    this.#pairs = new KeyTable({ capacity: objects, stride: 1, worth, patience });
    this.#objects = new KeyTable({ capacity: objects, stride: 1, worth, patience });
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    this.#own = -1;
    this.#all = -1;
    const touched = seen.patients.length > 0 ? seen.patients : seen.studies;
    if (touched.length === 0 || seen.act === "create" || seen.act === "other") return;
    if (this.#first < 0) this.#first = seen.time;
    this.#distinct.fill(0);
    this.#chill.fill(0);
    for (const object of touched) this.#touch(seen, object);
    this.#own = this.#row(seen.principal, seen.time, seen.group * 3);
    this.#all = this.#row(seen.tenant, seen.time, 2);
    this.#judge(seen, this.#warm, this.#own, this.#distinct, seen.group * 3 + all.pool, all, report);
    this.#judge(seen, this.#cold, this.#own, this.#chill, seen.group * 3 + cold.pool, cold, report);
    this.#judge(seen, this.#cold, this.#all, this.#chill, everybody.pool, everybody, report);
  }

  #touch(seen: Observation, object: Hash64): void {
    combine(seen.principal, object, this.#pair);
    const pairGap = gapOf(this.#pairs, this.#pair, seen.time);
    const idle = gapOf(this.#objects, object, seen.time);
    const isCold = idle > coldAfter && seen.time - this.#first > coldKnownAfter;
    for (let k = 0; k < scales.length; k++) {
      const fresh = 1 - Math.exp(-pairGap / scales[k]!);
      this.#distinct[k]! += fresh;
      if (isCold) this.#chill[k]! += fresh;
    }
  }

  #row(who: Hash64, time: number, pool: number): number {
    const rows = this.#rows;
    let row = rows.find(who.high, who.low);
    if (row < 0) row = rows.add(who.high, who.low, time);
    const gap = time - rows.seen[row]!;
    if (gap > 0) {
      this.#warm.advance(rows.data, row * this.#stride, gap, pool);
      this.#cold.advance(rows.data, row * this.#stride, gap, pool + 1);
    }
    rows.seen[row] = time;
    return row;
  }

  #judge(
    seen: Observation,
    habits: Habits,
    row: number,
    increment: Float64Array,
    pool: number,
    kind: Kind,
    report: (evidence: Evidence) => void,
  ): void {
    const nats = habits.observe(this.#rows.data, row * this.#stride, increment, pool);
    if (nats < 1) return;
    const { observed, expected, peer, scale } = habits;
    const subject = kind === everybody ? "Everybody together" : seen.actor;
    report({
      entity: kind === everybody ? "tenant" : "principal",
      nats,
      level: true,
      reason: () => ({
        detector: "breadth",
        text: `${subject} touches about ${round(observed)} ${kind.what} within ${scale <= 86_400 ? `a ${span(scale)}` : span(scale)}; its habit is ${round(expected)}, its peers' ${round(peer)}`,
        observed,
        expected,
        peer,
        technique: seen.act === "destroy" ? "T1485" : seen.act === "change" ? "T1486" : "T1530",
      }),
    });
  }

  learn(_: Observation, weight: number): void {
    for (const row of [this.#own, this.#all]) {
      if (row < 0) continue;
      this.#rows.data[row * this.#stride + worth]! += weight;
      this.#warm.trust(this.#rows.data, row * this.#stride, weight);
      this.#cold.trust(this.#rows.data, row * this.#stride, weight);
    }
  }

  get bytes(): number {
    return this.#rows.bytes + this.#pairs.bytes + this.#objects.bytes;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#first]);
    for (const part of [this.#rows, this.#pairs, this.#objects, this.#warm, this.#cold]) part.save(out);
  }

  load(input: SnapshotReader): void {
    this.#first = input.numbers(1)[0]!;
    for (const part of [this.#rows, this.#pairs, this.#objects, this.#warm, this.#cold]) part.load(input);
  }
}

/** Seconds since the key was last seen; it now is. */
function gapOf(table: KeyTable, key: Hash64, time: number): number {
  const row = table.find(key.high, key.low);
  if (row < 0) {
    table.add(key.high, key.low, time);
    return Number.POSITIVE_INFINITY;
  }
  const gap = time - table.seen[row]!;
  table.seen[row] = time;
  table.data[row]! = Math.min(100, table.data[row]! + 1);
  return gap;
}
