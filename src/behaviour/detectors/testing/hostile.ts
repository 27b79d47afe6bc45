/** Adversarial observations: ever new names, many at once, and names made up to collide in every table. */
import type { AccessEvent, Resource, Treatment } from "../../../core/index.ts";
import { Groups } from "../../events/groups.ts";
import { Observer } from "../../events/observer.ts";
import type { Hash64 } from "../../stats/hash.ts";
import type { Observation } from "../observation.ts";

const start = 1_770_000_000_000;
/** ms between events: a million are 28 hours. */
const pace = 100;
const activities = ["read", "update", "delete", "create", "query"] as const;

/** Nothing in an event was ever there before. */
export function everNew(i: number): AccessEvent {
  return {
    time: new Date(start + i * pace).toISOString(),
    activity: activities[i % activities.length]!,
    ...outcome(i),
    protocol: "dicomweb",
    operation: i % 13 === 0 ? "cloudtrail:StopLogging" : `op${i}`,
    actor: { user: { name: `user${i}` }, app: `app${i}`, vendor: `vendor${i}` },
    src_endpoint: { ip: `10.${i & 255}.${(i >> 8) & 255}.${(i >> 16) & 255}`, ae_title: `AE${i}` },
    dst_endpoint: { hostname: `host${i}` },
    resources: named(i, i % 1_000 === 0 ? 64 : 1),
    content: { size: i, digest: `d${i}`, pixel_digest: `x${i}`, chi2_min: 250, chi2_max: 260, irregular: [`c${i}`] },
    treatment: i % 6 === 5 ? record(i) : plan(i),
    metadata: { uid: `m${i}`, product: `log${i}` },
  };
}

function outcome(i: number): Pick<AccessEvent, "status" | "status_detail"> {
  if (i % 7 === 0) return { status: "denied" };
  return i % 11 === 0 ? { status: "failure", status_detail: "object/truncated" } : { status: "success" };
}

function plan(i: number): Treatment {
  const groups = [{ number: 1, fractions: 30, metersets: { 1: 100, [i]: 50 } }];
  const beams = [{ number: 1, geometry: `g${i}` }];
  return { kind: "plan", plan_uid: `plan${i}`, approval: "APPROVED", fraction_groups: groups, beams };
}

function record(i: number): Treatment {
  return {
    kind: "record",
    plan_uid: `plan${i}`,
    fraction: 1,
    delivered: [{ beam: i, specified: 100, delivered: 100 }],
  };
}

function named(i: number, count: number): Resource[] {
  return Array.from({ length: count }, (_, k) => ({
    level: "instance",
    patient_id: `p${i}.${k}`,
    study_uid: `s${i}.${k}`,
    sop_instance_uid: `i${i}.${k}`,
    sop_class_uid: `c${i}`,
  }));
}

export class Hostile {
  readonly #observer = new Observer(new Groups(1_024), 1);

  /** The names of every fiftieth event share the lane that a table's slots are chosen by. */
  observe(i: number): Observation {
    const seen = this.#observer.observe(everNew(i), i, () => 1);
    return i % 50 === 49 ? colliding(seen) : seen;
  }
}

function colliding(seen: Observation): Observation {
  const crafted = ({ high }: Hash64): Hash64 => ({ high, low: 5 });
  return {
    ...seen,
    principal: crafted(seen.principal),
    host: seen.host && crafted(seen.host),
    vendor: seen.vendor && crafted(seen.vendor),
    patients: seen.patients.map(crafted),
    studies: seen.studies.map(crafted),
    instances: seen.instances.map(crafted),
  };
}
