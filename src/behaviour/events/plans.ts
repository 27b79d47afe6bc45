/**
 * Planned work, announced beforehand: an account, from a host, doing certain things, in a tenant, between two times. It
 * lowers what it covers and nothing else: whoever else acts, from elsewhere, otherwise or later counts in full.
 */
import { BlockList, isIP } from "node:net";
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
  /** Addresses, ranges (`192.0.2.0/24`) or host names; an empty list covers none. */
  hosts: readonly string[];
  activities: readonly Activity[];
  reason: string;
}

/** What is left of the evidence that a plan covers. */
const remains = 0.05;
const most = 1_024;

export class Plans {
  #plans: PlannedWork[] = [];
  #ranges = new Map<PlannedWork, BlockList>();

  get all(): readonly PlannedWork[] {
    return this.#plans;
  }

  announce(plan: PlannedWork): void {
    this.withdraw(plan.id);
    if (this.#plans.length >= most) this.#plans.shift();
    this.#plans.push(structuredClone(plan));
    this.#index();
  }

  /** @returns whether there was one */
  withdraw(id: string): boolean {
    const before = this.#plans.length;
    this.#plans = this.#plans.filter((plan) => plan.id !== id);
    this.#index();
    return this.#plans.length < before;
  }

  unplanned({ event, time, actor }: Observation): number {
    if (this.#plans.length === 0) return 1;
    const { src_endpoint } = event;
    const host = src_endpoint.ip ?? src_endpoint.hostname ?? "";
    const covered = this.#plans.some((plan) => {
      const { from, to, names, activities } = plan;
      return (
        time >= from &&
        time <= to &&
        activities.includes(event.activity) &&
        (names.includes(actor) || names.includes(event.actor.user?.role ?? actor)) &&
        this.#isFrom(plan, host)
      );
    });
    return covered ? remains : 1;
  }

  #isFrom(plan: PlannedWork, host: string): boolean {
    if (plan.hosts.includes(host)) return true;
    const family = isIP(host);
    return family !== 0 && this.#ranges.get(plan)!.check(host, family === 4 ? "ipv4" : "ipv6");
  }

  #index(): void {
    this.#ranges = new Map(this.#plans.map((plan) => [plan, this.#ranges.get(plan) ?? rangesOf(plan)]));
  }

  save(out: SnapshotWriter): void {
    out.text(JSON.stringify(this.#plans));
  }

  load(input: SnapshotReader): void {
    this.#plans = JSON.parse(input.text()) as PlannedWork[];
    this.#index();
  }
}

/** What is no range is left aside: it still is a name. */
function rangesOf({ hosts }: PlannedWork): BlockList {
  const ranges = new BlockList();
  for (const host of hosts) {
    const [address = "", bits] = host.split("/");
    const family = isIP(address);
    const length = Number(bits);
    if (bits === undefined || family === 0 || !(length >= 0 && length <= (family === 4 ? 32 : 128))) continue;
    ranges.addSubnet(address, length, family === 4 ? "ipv4" : "ipv6");
  }
  return ranges;
}
