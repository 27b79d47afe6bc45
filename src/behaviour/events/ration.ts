/**
 * What of the operator's budget there is for an alert about what is rare: a ledger (AlertBudget), and behind it, for harm
 * that two independent kinds of evidence near their most bear out, a bucket of its own. Evidence is bounded; where an
 * entity's tail is wide, a ledger that is ahead can ask for more than there is to say.
 */
import { AlertBudget } from "../alerting/alert-budget.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { type Finding, isGrave } from "./alert.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Nats of each of the two kinds: near the most that one detector can say. */
const graveNats = 10;
const gravesAtOnce = 3;

export class Ration {
  readonly #budget: AlertBudget;
  readonly #grave: TokenBucket;

  /** @param perWeek alerts a week, > 0 @param gravePerWeek of those that the ledger keeps back */
  constructor(perWeek: number, gravePerWeek: number) {
    this.#budget = new AlertBudget(perWeek);
    this.#grave = new TokenBucket(gravesAtOnce, gravePerWeek);
  }

  /** @param time seconds @param excess as a multiple of the alert level @returns whether it may be told */
  take(time: number, excess: number, findings: readonly Finding[]): boolean {
    return this.#budget.take(time, excess) || (isGrave(findings, graveNats) && this.#grave.take(time));
  }

  /** An alert that was told proved true. */
  refund(): void {
    this.#budget.refund();
  }

  /** That was taken back. */
  charge(): void {
    this.#budget.charge();
  }

  save(out: SnapshotWriter): void {
    this.#budget.save(out);
    this.#grave.save(out);
  }

  load(input: SnapshotReader): void {
    this.#budget.load(input);
    this.#grave.load(input);
  }
}
