/**
 * Dormant data: how many patients or studies a principal, or everybody together, reads, changes or deletes that nobody
 * has touched for two weeks. Staff work on the patients of these days; who takes the archive takes what nobody has asked
 * for in years, and who spreads it over many accounts still takes it from one tenant.
 *
 * Counting, habits, peers and evidence as in Breadth. Of everybody the one who acts is set aside: whoever takes it alone is
 * judged alone. What is ordinary is learnt from the second week on; nothing is known to be dormant before the third.
 */
import { gapOf } from "../stats/gap.ts";
import { Habits } from "../stats/habits.ts";
import { KeyTable } from "../stats/key-table.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { rowOf, techniqueOf, touchedBy } from "./breadth.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";
import { round, span } from "./volume.ts";

const scales = [3_600, 86_400, 30 * 86_400] as const;
const dormantAfter = 14 * 86_400;
const knownAfter = 7 * 86_400;
const patience = 60 * 86_400;
const worth = 0;
const everybody = 63;

export class Dormant implements Detector {
  readonly name = "dormant";
  readonly #habits = new Habits(scales, 1, 0.5);
  readonly #stride = 1 + this.#habits.floats;
  readonly #rows: KeyTable;
  readonly #objects: KeyTable;
  readonly #counts = new Float64Array(scales.length);
  #first = -1;
  #touched: number[] = [];

  constructor({ entities, objects }: DetectorLimits) {
    this.#rows = new KeyTable({ capacity: entities, stride: this.#stride, worth, patience });
    this.#objects = new KeyTable({ capacity: objects, stride: 1, worth, patience });
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    this.#touched = [];
    if (this.#first < 0) this.#first = seen.time;
    const isKnown = seen.time - this.#first > knownAfter;
    let dormant = 0;
    for (const object of touchedBy(seen)) if (gapOf(this.#objects, object, seen.time) > dormantAfter) dormant++;
    if (seen.act === "create") for (const object of seen.patients) gapOf(this.#objects, object, seen.time);
    if (dormant === 0 || !isKnown) return;
    const isSure = seen.time - this.#first > dormantAfter;
    this.#counts.fill(dormant);
    const own = this.#judge(seen, "principal", -1, isSure ? report : undefined);
    this.#judge(seen, "tenant", own, isSure ? report : undefined);
  }

  #judge(
    seen: Observation,
    entity: "principal" | "tenant",
    aside: number,
    report: ((evidence: Evidence) => void) | undefined,
  ): number {
    const pool = entity === "principal" ? seen.group : everybody;
    const row = rowOf(this.#rows, this.#habits, seen[entity], seen.time, pool);
    this.#touched.push(row);
    const base = row * this.#stride;
    const nats = this.#habits.observe(this.#rows.data, base, this.#counts, pool, 0, aside);
    if (nats < 1 || !report) return base;
    const { observed, expected, peer, scale } = this.#habits;
    const subject = entity === "principal" ? seen.actor : "Everybody else";
    report({
      entity,
      nats,
      level: true,
      ...(entity === "principal" && (seen.act === "read" || seen.act === "search") ? { whom: true as const } : {}),
      reason: () => ({
        detector: "dormant",
        text: `${subject} touches about ${round(observed)} patients or studies that nobody has asked for in two weeks, within ${span(scale)}; the habit is ${round(expected)}, that of peers ${round(peer)}`,
        observed,
        expected,
        peer,
        technique: techniqueOf(seen),
      }),
    });
    return base;
  }

  learn(_: Observation, weight: number): void {
    for (const row of this.#touched) {
      this.#rows.data[row * this.#stride + worth]! += weight;
      this.#habits.trust(this.#rows.data, row * this.#stride, weight);
    }
  }

  get bytes(): number {
    return this.#rows.bytes + this.#objects.bytes;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#first]);
    for (const part of [this.#rows, this.#objects, this.#habits]) part.save(out);
  }

  load(input: SnapshotReader): void {
    this.#first = input.numbers(1)[0]!;
    for (const part of [this.#rows, this.#objects, this.#habits]) part.load(input);
  }
}
