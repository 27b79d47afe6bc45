/**
 * Planned work, announced beforehand: an account, from a host, doing certain things, in a tenant, between two times. It
 * lowers what it covers and nothing else: whoever else acts, from elsewhere, otherwise or later counts in full.
 */
import type { Activity } from "../../core/index.ts";
import type { Observation } from "../detectors/observation.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

export interface PlannedWork {
  id: string;
  /** Seconds since 1970. */
  from: number;
  to: number;
  /** Names as access events give them: user, application or AE title; all must be stated, an empty list covers nobody. */
  names: readonly string[];
  /** Addresses; an empty list covers none. */
  hosts: readonly string[];
  activities: readonly Activity[];
  reason: string;
}

/** What is left of the evidence that a plan covers. */
const remains = 0.05;
const most = 1_024;

export class Plans {
  #plans: PlannedWork[] = [];

  get all(): readonly PlannedWork[] {
    return this.#plans;
  }

  announce(plan: PlannedWork): void {
    this.withdraw(plan.id);
    if (this.#plans.length >= most) this.#plans.shift();
    this.#plans.push(structuredClone(plan));
  }

  /** @returns whether there was one */
  withdraw(id: string): boolean {
    const before = this.#plans.length;
    this.#plans = this.#plans.filter((plan) => plan.id !== id);
    return this.#plans.length < before;
  }

  unplanned({ event, time, actor }: Observation): number {
    if (this.#plans.length === 0) return 1;
    const { src_endpoint } = event;
    const covered = this.#plans.some(
      ({ from, to, names, hosts, activities }) =>
        time >= from &&
        time <= to &&
        activities.includes(event.activity) &&
        (names.includes(actor) || names.includes(event.actor.user?.role ?? actor)) &&
        hosts.includes(src_endpoint.ip ?? src_endpoint.hostname ?? ""),
    );
    return covered ? remains : 1;
  }

  save(out: SnapshotWriter): void {
    out.text(JSON.stringify(this.#plans));
  }

  load(input: SnapshotReader): void {
    this.#plans = JSON.parse(input.text()) as PlannedWork[];
  }
}
