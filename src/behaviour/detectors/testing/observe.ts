/** Observations for the tests of single detectors, and a stream of them with what a detector says. */
import type { AccessEvent, Activity, Resource } from "../../../core/index.ts";
import { hashText } from "../../stats/hash.ts";
import { SnapshotReader, SnapshotWriter } from "../../stats/snapshot.ts";
import type { Detector, Evidence, Reason } from "../detector.ts";
import type { Act, Observation } from "../observation.ts";

const acts: Partial<Record<Activity, Act>> = {
  read: "read",
  export: "read",
  query: "search",
  create: "create",
  import: "create",
  update: "change",
  delete: "destroy",
  login: "login",
  admin: "administer",
};

export const start = Date.UTC(2026, 1, 2, 8) / 1000;
export const limits = { entities: 256, objects: 16_384 };

/** @param seconds since `start` */
export function eventAt(
  seconds: number,
  actor: string,
  activity: Activity,
  more: Partial<AccessEvent> = {},
): AccessEvent {
  return {
    time: new Date((start + seconds) * 1000).toISOString(),
    activity,
    status: "success",
    protocol: "dimse",
    operation: activity,
    actor: { user: { name: actor } },
    src_endpoint: { ip: `10.0.0.${actor.length}` },
    ...more,
  };
}

export function observe(event: AccessEvent, index = 0, group = 0): Observation {
  const hash = (text: string) => {
    const out = { high: 0, low: 0 };
    hashText(text, 1, out);
    return out;
  };
  const ids = (of: (resource: Resource) => string | undefined) =>
    [...new Set((event.resources ?? []).map(of).filter((id) => id !== undefined))].slice(0, 64).map(hash);
  const actor = event.actor.user?.name ?? event.src_endpoint.ae_title ?? "unknown";
  const { ip } = event.src_endpoint;
  return {
    event,
    index,
    time: Date.parse(event.time) / 1000,
    act: acts[event.activity] ?? "other",
    ok: event.status === "success" || event.status === "partial",
    principal: hash(`${event.tenant ?? ""}\0${actor}`),
    actor,
    host: ip ? hash(ip) : undefined,
    vendor: event.actor.vendor ? hash(event.actor.vendor) : undefined,
    tenant: hash(event.tenant ?? ""),
    group,
    patients: ids(({ patient_id }) => patient_id?.replace(/^Patient\//, "")),
    studies: ids(({ study_uid }) => study_uid),
    instances: ids(({ sop_instance_uid }) => sop_instance_uid),
    objects: event.count?.objects ?? 1,
    bytes: (event.traffic?.bytes_in ?? 0) + (event.traffic?.bytes_out ?? 0),
    unplanned: 1,
  };
}

export interface Told {
  nats: number;
  invariant: boolean;
  entity: string;
  reason: Reason;
}

/** Feeds one event. It is learnt as ordinary where less than `suspicious` nats are told. */
export function feed(detector: Detector, event: AccessEvent, group = 0, suspicious = 9): Told[] {
  const told: Told[] = [];
  const seen = observe(event, 0, group);
  const copy = structuredClone(seen);
  detector.assess(seen, (evidence: Evidence) => {
    const { nats, invariant = false, entity, reason } = evidence;
    told.push({ nats, invariant, entity, reason: reason() });
  });
  if (JSON.stringify(copy) !== JSON.stringify(seen)) throw new Error("the observation was changed");
  detector.learn(seen, strongest(told) >= suspicious ? 0 : 1);
  return told;
}

export const strongest = (told: readonly Told[]): number => told.reduce((most, { nats }) => Math.max(most, nats), 0);

export function saved(detector: Detector): Uint8Array {
  const out = new SnapshotWriter();
  detector.save(out);
  return out.bytes();
}

/** A detector that continues from another's snapshot. */
export function restored<T extends Detector>(fresh: T, from: Detector): T {
  fresh.load(new SnapshotReader(saved(from)));
  return fresh;
}
