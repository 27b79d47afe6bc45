/**
 * Presence: in how many of the stream's active hours an actor has acted, on a continuous clock (a touch after a gap
 * counts 1−exp(−gap/window) of a window). Unfamiliarity is the surprise, −ln of the share, of meeting it at all. It
 * counts windows and not events, so a flood makes no one familiar.
 */
import { presencePrior, presenceWindow } from "../parameters.ts";
import type { SnapshotReader, SnapshotWriter } from "./snapshot.ts";

export class Presence {
  /** Active windows of the whole stream. */
  #windows = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** The stream's clock has reached `now` (seconds). */
  advance(now: number): void {
    if (now === this.#last) return;
    this.#windows += presenceShare(now - this.#last);
    this.#last = now;
  }

  /** Nats; `present` is the number of windows the actor was present in. */
  unfamiliarity(present: number): number {
    return Math.log((this.#windows + presencePrior.windows) / (present + presencePrior.present));
  }

  get windows(): number {
    return this.#windows;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#windows, this.#last]);
  }

  load(input: SnapshotReader): void {
    const [windows, last] = input.numbers(2);
    this.#windows = windows;
    this.#last = last;
  }
}

/** What a touch after `gap` seconds adds to a presence. */
export function presenceShare(gap: number): number {
  return 1 - Math.exp(-gap / presenceWindow);
}
