/**
 * A plan under a new UID that carries an approval which was given to another plan of the patient.
 *
 * An approval covers the content that it was given for (PS3.3 C.8.8.16). Who alters an approved plan and stores it as a new
 * instance, so that nothing is overwritten, either has it approved anew, which takes a reviewer and a moment of its own, or
 * copies the approval along. Copied it is where reviewer and second are those of another plan of the same patient, and that
 * other has the same RT Plan Label (300A,0002) or is the one that the new plan says it comes from (Referenced RT Plan
 * Sequence (300C,0002), relationship PRIOR or PREDECESSOR), while metersets, beams or fractions differ. Several plans of a
 * patient may be approved at one go; under different labels that is only uncommon.
 */
import type { Treatment } from "../../core/index.ts";
import { combine, type Hash64, hashText } from "../stats/hash.ts";
import { Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Observation } from "./observation.ts";
import { approved, changesOf, type Facts, factsEnd, isSameApproval, keepFacts } from "./plan-facts.ts";

export interface Borrowed {
  changes: string[];
  /** By its label or its own words it stands for the plan that was approved. */
  isSuccessor: boolean;
}

const lasts = 365 * 86_400;

export class PlanLineage {
  readonly #rows: Rows;
  readonly #approval: Hash64 = { high: 0, low: 0 };
  readonly #label: Hash64 = { high: 0, low: 0 };

  constructor(capacity: number) {
    this.#rows = new Rows(capacity, factsEnd, lasts);
  }

  /** @param told a plan whose UID is not known @param ancestors rows of the plans that it names, with their data */
  borrowed(
    seen: Observation,
    told: Treatment,
    facts: Facts,
    ancestors: { data: Float32Array; rows: readonly number[] },
  ): Borrowed | undefined {
    if (facts.approval !== approved || facts.day === 0 || facts.by === 0) return undefined;
    for (const at of ancestors.rows) {
      const changes = isSameApproval(facts, ancestors.data, at) ? changesOf(ancestors.data, at, facts) : [];
      if (changes.length > 0) return { changes, isSuccessor: true };
    }
    this.#turn(seen, told, facts);
    for (const [key, isSuccessor] of [
      [this.#label, true],
      [this.#approval, false],
    ] as const) {
      const at = this.#rows.known(key);
      const changes = at < 0 ? [] : changesOf(this.#rows.data, at, facts);
      if (at >= 0 && (isSuccessor || changes.length > 0))
        return changes.length > 0 ? { changes, isSuccessor } : undefined;
    }
    return undefined;
  }

  /** The plan's approval now is known to be given to what it says. */
  learn(seen: Observation, told: Treatment, facts: Facts): void {
    if (facts.approval !== approved || facts.day === 0 || facts.by === 0) return;
    this.#turn(seen, told, facts);
    for (const key of [this.#label, this.#approval]) {
      const at = this.#rows.of(key, seen.time);
      this.#rows.data[at]! += 1;
      keepFacts(this.#rows.data, at, facts);
      this.#rows.touch(at, seen.time);
    }
  }

  /** Keys of the patient's approval, and of it under this label. */
  #turn(seen: Observation, told: Treatment, { day, second, by }: Facts): void {
    const none = { high: 0, low: 0 };
    hashText(`${day} ${second} ${by}`, 0, this.#approval);
    combine(seen.patients[0] ?? none, this.#approval, this.#approval);
    hashText(told.label ?? "", 1, this.#label);
    combine(this.#approval, this.#label, this.#label);
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
