/**
 * Endurance: in how many hours of a day, and of three, an account is at work. People go home and sleep; whoever lets a
 * stolen account work round the clock, however slowly, does in each hour little and in all of them too much.
 *
 * An event after a gap adds 1 − exp(−gap/1 h), so that neither a flood nor a repetition counts more than its hour. Habits,
 * peers and evidence as in Volume: services that never rest have that for a habit.
 */
import { Habits } from "../stats/habits.ts";
import { KeyTable } from "../stats/key-table.ts";
import { presenceShare } from "../stats/presence.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";
import { round, span } from "./volume.ts";

const scales = [86_400, 3 * 86_400] as const;
/** Hours: fewer tire nobody. */
const least = 3;
const patience = 30 * 86_400;
const worth = 0;

export class Endurance implements Detector {
  readonly name = "endurance";
  readonly #habits = new Habits(scales, 1, least);
  readonly #stride = 1 + this.#habits.floats;
  readonly #rows: KeyTable;
  readonly #hours = new Float64Array(scales.length);
  #row = -1;

  constructor({ entities }: DetectorLimits) {
    this.#rows = new KeyTable({ capacity: entities, stride: this.#stride, worth, patience });
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    this.#hours.fill(this.#enter(seen));
    const nats = this.#habits.observe(this.#rows.data, this.#row * this.#stride, this.#hours, seen.group);
    if (nats < 1) return;
    const { observed, expected, peer, scale } = this.#habits;
    report({
      entity: "principal",
      nats,
      level: true,
      reason: () => ({
        detector: "endurance",
        text: `${seen.actor} has been at work in about ${round(observed)} hours within ${span(scale)}, where its habit is ${round(expected)}, that of its peers ${round(peer)}`,
        observed,
        expected,
        peer,
        technique: "T1078",
      }),
    });
  }

  /** Turns to the principal's row. @returns what the event adds to its hours */
  #enter({ principal, time, group }: Observation): number {
    const rows = this.#rows;
    this.#row = rows.find(principal.high, principal.low);
    if (this.#row < 0) {
      this.#row = rows.add(principal.high, principal.low, time);
      return 1;
    }
    const gap = time - rows.seen[this.#row]!;
    if (!(gap > 0)) return 0;
    this.#habits.advance(rows.data, this.#row * this.#stride, gap, group);
    rows.seen[this.#row] = time;
    return presenceShare(gap);
  }

  learn(_: Observation, weight: number): void {
    if (this.#row < 0) return;
    this.#rows.data[this.#row * this.#stride + worth]! += weight;
    this.#habits.trust(this.#rows.data, this.#row * this.#stride, weight);
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  save(out: SnapshotWriter): void {
    this.#rows.save(out);
    this.#habits.save(out);
  }

  load(input: SnapshotReader): void {
    this.#rows.load(input);
    this.#habits.load(input);
  }
}
