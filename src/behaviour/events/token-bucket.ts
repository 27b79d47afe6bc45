/** A hard limit behind the calibration: so many alerts at once, refilled at so many a week, whatever happens. */
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

const week = 7 * 86_400;

export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  #tokens: number;
  #last = Number.NEGATIVE_INFINITY;

  constructor(capacity: number, perWeek: number) {
    this.#capacity = capacity;
    this.#perSecond = perWeek / week;
    this.#tokens = capacity;
  }

  take(time: number): boolean {
    if (this.#last !== Number.NEGATIVE_INFINITY && time > this.#last) {
      this.#tokens = Math.min(this.#capacity, this.#tokens + (time - this.#last) * this.#perSecond);
    }
    this.#last = Math.max(this.#last, time);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#tokens, this.#last]);
  }

  load(input: SnapshotReader): void {
    const [tokens, last] = input.numbers(2);
    this.#tokens = tokens!;
    this.#last = last!;
  }
}
