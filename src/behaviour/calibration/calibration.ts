/**
 * One detector's evidence made comparable: of every entity-hour its peak, first freed of what this entity's hours
 * usually peak at, is held against those of its peer group, which back off to everybody's.
 */
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { Tail } from "./tail.ts";

/** Entity-hours of everybody that a group's own are worth as prior; between the two it is interpolated in logarithms. */
const prior = 150;
const mostGroups = 72;

export class Calibration {
  readonly #everybody = new Tail();
  readonly #groups = new Map<number, Tail>();

  /** @returns nats */
  surprise(value: number, group: number): number {
    const general = this.#everybody.surprise(value);
    const own = this.#groups.get(group);
    if (!own) return general;
    const share = own.mass / (own.mass + prior);
    return share * own.surprise(value) + (1 - share) * general;
  }

  learn(value: number, group: number, time: number): void {
    this.#everybody.learn(value, time);
    let own = this.#groups.get(group);
    if (!own) {
      if (this.#groups.size >= mostGroups) return;
      own = new Tail();
      this.#groups.set(group, own);
    }
    own.learn(value, time);
  }

  get bytes(): number {
    return (this.#groups.size + 1) * 4_200;
  }

  save(out: SnapshotWriter): void {
    this.#everybody.save(out);
    out.numbers([this.#groups.size]);
    for (const [group, tail] of this.#groups) {
      out.numbers([group]);
      tail.save(out);
    }
  }

  load(input: SnapshotReader): void {
    this.#everybody.load(input);
    this.#groups.clear();
    const size = input.numbers(1)[0]!;
    for (let i = 0; i < size; i++) {
      const group = input.numbers(1)[0]!;
      const tail = new Tail();
      tail.load(input);
      this.#groups.set(group, tail);
    }
  }
}
