/**
 * The operator's budget of false alerts, held by construction.
 *
 * A ledger of alerts told: each adds one, time takes off what the budget allows. The next alert must exceed the alert
 * level by a factor that grows by a tenth with each that the ledger is ahead. Surprise being bounded (x times the level at
 * most), the ledger never stands above 1 + ln x / ln 1.1, whatever the stream, so that within any time T
 *
 *     alerts ≤ budget·T + 1 + ln x / ln 1.1
 *
 * and the rate is the budget at most in the long run: quantile tracking by a step an error (Gibbs & Candès 2021, adaptive
 * conformal inference; in the role of the wealth of online control of false discoveries, Javanmard & Montanari 2018), with
 * the factor for a threshold. No graver alert is kept back for lesser ones told before: ten decoys ask for 2.6 times the level.
 */
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

const week = 7 * 86_400;
const perAlert = 1.1;

export class AlertBudget {
  readonly #perSecond: number;
  #ahead = 0;
  #last = 0;

  /** @param perWeek alerts a week, > 0 */
  constructor(perWeek: number) {
    this.#perSecond = perWeek / week;
  }

  /** Multiple of the alert level that an alert now must reach, ≥ 1. @param time seconds */
  price(time: number): number {
    if (time > this.#last) {
      this.#ahead = Math.max(0, this.#ahead - (time - this.#last) * this.#perSecond);
      this.#last = time;
    }
    return perAlert ** this.#ahead;
  }

  /** Charges an alert of this multiple of the alert level if it is worth its price. @returns whether it may be told */
  take(time: number, excess: number): boolean {
    if (excess < this.price(time)) return false;
    this.#ahead++;
    return true;
  }

  /** An alert that was told proved true: the budget is one of false alerts. */
  refund(): void {
    this.#ahead = Math.max(0, this.#ahead - 1);
  }

  /** That was taken back. */
  charge(): void {
    this.#ahead++;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#ahead, this.#last]);
  }

  load(input: SnapshotReader): void {
    const [ahead, last] = input.numbers(2);
    this.#ahead = ahead!;
    this.#last = last!;
  }
}
