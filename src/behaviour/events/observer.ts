/**
 * From access events to observations: hashed names, classes and amounts, worked out once and believed only within
 * bounds. Time never runs backwards; a lone event from the far future does not set the clock.
 */
import { type AccessEvent, type Activity, isStranger, type Resource } from "../../core/index.ts";
import type { Act, Observation } from "../detectors/observation.ts";
import { combine, type Hash64, hashText } from "../stats/hash.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Groups } from "./groups.ts";

const acts: Record<Activity, Act> = {
  read: "read",
  export: "read",
  query: "search",
  create: "create",
  import: "create",
  restore: "change",
  update: "change",
  delete: "destroy",
  login: "login",
  admin: "administer",
  start: "administer",
  stop: "administer",
  associate: "other",
  release: "other",
  echo: "other",
  logout: "other",
  duplicate: "other",
  commit: "other",
};

/** Of one event, each: patients, studies, instances. */
const mostNamed = 64;
const mostObjects = 1e6;
const mostBytes = 1e13;
/** Seconds that the clock may be ahead of everything before on one event's word, and how many must agree beyond that. */
const leap = 7 * 86_400;
const witnesses = 5;

export class Observer {
  readonly #seed: number;
  readonly #groups: Groups;
  #now = Number.NEGATIVE_INFINITY;
  #ahead = 0;

  constructor(groups: Groups, seed: number) {
    this.#groups = groups;
    this.#seed = seed;
  }

  observe(event: AccessEvent, index: number, unplanned: (seen: Observation) => number): Observation {
    const { actor: who, src_endpoint: source } = event;
    const actor = actorOf(event);
    const tenant = this.#hash(event.tenant ?? "");
    const principal = this.#within(tenant, actor);
    const address = source.ip ?? source.hostname ?? source.ae_title;
    const time = this.#clock(event.time);
    const act = acts[event.activity] ?? "other";
    const resources = event.resources ?? [];
    const stated = event.count?.objects ?? 1;
    const seen: Observation = {
      event,
      index,
      time,
      act,
      ok: event.status === "success" || event.status === "partial",
      principal,
      actor,
      host: address ? this.#within(tenant, address) : undefined,
      vendor: who.vendor ? this.#within(tenant, who.vendor) : undefined,
      tenant,
      group: this.#groups.of(principal, act, event, time),
      patients: this.#distinct(resources, patientOf),
      studies: this.#distinct(resources, ({ study_uid }) => study_uid),
      instances: this.#distinct(resources, ({ sop_instance_uid }) => sop_instance_uid),
      objects:
        act === "search" ? 1 : Math.max(1, Math.min(resources.length, mostObjects), bounded(stated, mostObjects)),
      bytes: bounded(event.traffic?.bytes_in, mostBytes) + bounded(event.traffic?.bytes_out, mostBytes),
      unplanned: 1,
    };
    seen.unplanned = unplanned(seen);
    return seen;
  }

  #hash(text: string): Hash64 {
    const out = { high: 0, low: 0 };
    hashText(text, this.#seed, out);
    return out;
  }

  #within(tenant: Hash64, text: string): Hash64 {
    const out = this.#hash(text);
    combine(tenant, out, out);
    return out;
  }

  #distinct(resources: readonly Resource[], nameOf: (resource: Resource) => string | undefined): Hash64[] {
    const found: Hash64[] = [];
    let last: string | undefined;
    for (let i = 0; i < resources.length && i < mostNamed; i++) {
      const name = nameOf(resources[i]!);
      if (!name || name === last) continue;
      last = name;
      const hash = this.#hash(name);
      if (!found.some(({ high, low }) => high === hash.high && low === hash.low)) found.push(hash);
    }
    return found;
  }

  #clock(text: string): number {
    const seconds = Date.parse(text) / 1000;
    if (!Number.isFinite(seconds)) return this.#now === Number.NEGATIVE_INFINITY ? 0 : this.#now;
    const isAhead = seconds > this.#now + leap && this.#now !== Number.NEGATIVE_INFINITY;
    if (isAhead && ++this.#ahead < witnesses) return this.#now;
    this.#ahead = 0;
    if (seconds > this.#now) this.#now = seconds;
    return this.#now;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#now, this.#ahead]);
  }

  load(input: SnapshotReader): void {
    const [now, ahead] = input.numbers(2);
    this.#now = now!;
    this.#ahead = ahead!;
  }
}

/** The user, else the application, else the AE title, else the address; of strangers the address, whatever they say. */
export function actorOf({ actor, src_endpoint }: AccessEvent): string {
  if (isStranger(actor)) return src_endpoint.ip || src_endpoint.hostname || "unknown";
  return (
    actor.user?.name || actor.app || src_endpoint.ae_title || src_endpoint.ip || src_endpoint.hostname || "unknown"
  );
}

/** FHIR references and plain identifiers name the same patient. */
function patientOf({ patient_id }: Resource): string | undefined {
  return patient_id?.startsWith("Patient/") ? patient_id.slice(8) : patient_id;
}

function bounded(value: number | undefined, most: number): number {
  return value !== undefined && value > 0 ? Math.min(value, most) : 0;
}
