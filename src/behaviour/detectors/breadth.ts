/**
 * Breadth: how many different patients or studies a principal touches in an hour, a day and 30 days.
 *
 * Distinct counting without sketches: a pair seen again after a gap adds 1 − exp(−gap/τ), what its last visit has
 * decayed to; pairs that are forgotten count as new. What care explains counts less (stats/care.ts): whoever checks the charts
 * of all on treatment touches many, but none that nobody has touched. A vendor's announced work explains any look at those who
 * are cared for, and none at others. Habits, peers and evidence as in Volume.
 */

import { Care } from "../stats/care.ts";
import { gapOf } from "../stats/gap.ts";
import { Habits } from "../stats/habits.ts";
import { combine, type Hash64 } from "../stats/hash.ts";
import { KeyTable } from "../stats/key-table.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";
import { round, span } from "./volume.ts";

const scales = [3_600, 86_400, 30 * 86_400] as const;
const patience = 30 * 86_400;
const worth = 0;

export class Breadth implements Detector {
  readonly name = "breadth";
  readonly #habits = new Habits(scales, 1, 1);
  readonly #stride = 1 + this.#habits.floats;
  readonly #rows: KeyTable;
  readonly #pairs: KeyTable;
  readonly #care: Care;
  readonly #pair: Hash64 = { high: 0, low: 0 };
  readonly #distinct = new Float64Array(scales.length);
  #row = -1;

  constructor({ entities, objects }: DetectorLimits) {
    this.#rows = new KeyTable({ capacity: entities, stride: this.#stride, worth, patience });
    this.#pairs = new KeyTable({ capacity: objects, stride: 1, worth, patience });
    this.#care = new Care(entities, objects);
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    this.#row = -1;
    const touched = touchedBy(seen);
    if (seen.act === "create") for (const patient of seen.patients) this.#care.stored(patient, seen.time);
    if (touched.length === 0) return;
    this.#distinct.fill(0);
    const isPlanned = seen.vendor !== undefined && seen.unplanned < 1;
    this.#care.begin(seen.principal, isPlanned);
    for (const object of touched) {
      combine(seen.principal, object, this.#pair);
      const gap = gapOf(this.#pairs, this.#pair, seen.time);
      const explained = this.#care.look(object, seen.time, 1 - Math.exp(-gap / scales[0]));
      for (let k = 0; k < scales.length; k++) this.#distinct[k]! += (1 - explained) * (1 - Math.exp(-gap / scales[k]!));
    }
    this.#row = rowOf(this.#rows, this.#habits, seen.principal, seen.time, seen.group);
    const nats = this.#habits.observe(this.#rows.data, this.#row * this.#stride, this.#distinct, seen.group);
    if (nats < 1) return;
    const { observed, expected, peer, scale } = this.#habits;
    report({
      entity: "principal",
      nats,
      level: true,
      ...(isPlanned && (seen.act === "read" || seen.act === "search") ? { whom: true as const } : {}),
      reason: () => ({
        detector: "breadth",
        text: `${seen.actor} touches about ${round(observed)} different patients or studies without a reason in their care, within ${span(scale)}; its habit is ${round(expected)}, its peers' ${round(peer)}`,
        observed,
        expected,
        peer,
        technique: techniqueOf(seen),
      }),
    });
  }

  learn(seen: Observation, weight: number): void {
    if (this.#row < 0) return;
    this.#care.learn(seen.principal, seen.time, weight);
    this.#rows.data[this.#row * this.#stride + worth]! += weight;
    this.#habits.trust(this.#rows.data, this.#row * this.#stride, weight);
  }

  get bytes(): number {
    return this.#rows.bytes + this.#pairs.bytes + this.#care.bytes;
  }

  save(out: SnapshotWriter): void {
    for (const part of [this.#rows, this.#pairs, this.#care, this.#habits]) part.save(out);
  }

  load(input: SnapshotReader): void {
    for (const part of [this.#rows, this.#pairs, this.#care, this.#habits]) part.load(input);
  }
}

/** Patients, else studies, of what is already there: who stores a new one does not look into it. */
export function touchedBy({ act, patients, studies }: Observation): readonly Hash64[] {
  if (act === "create" || act === "other") return [];
  return patients.length > 0 ? patients : studies;
}

export function techniqueOf({ act }: Observation): string {
  return act === "destroy" ? "T1485" : act === "change" ? "T1486" : "T1530";
}

/** The row of an entity whose habits begin at its second float, with its windows closed up to now. */
export function rowOf(rows: KeyTable, habits: Habits, who: Hash64, time: number, pool: number): number {
  let row = rows.find(who.high, who.low);
  if (row < 0) row = rows.add(who.high, who.low, time);
  const gap = time - rows.seen[row]!;
  if (gap > 0) habits.advance(rows.data, row * (1 + habits.floats), gap, pool);
  rows.seen[row] = time;
  return row;
}
