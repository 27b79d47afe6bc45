/**
 * What no policy and no person at the console can do by one decision. A measure that would break one of these is
 * replaced by the strongest that does not: writes held back, deletes refused, or only a closer look.
 *
 * 1. A treatment session in progress is not interrupted.
 * 2. Those who treat keep the data of patients on treatment.
 * 3. The last working path to a linac stays open.
 */
import { type ContainmentAction, mayRole, treats } from "../../gate/index.ts";
import type { Measure } from "../policy/index.ts";
import { type Affected, type Circumstances, reached } from "./circumstances.ts";

export const safeguardNames = [
  "treatment-in-progress",
  "data-of-patients-on-treatment",
  "last-path-to-a-linac",
] as const;
export type SafeguardName = (typeof safeguardNames)[number];

export interface Safeguarded {
  measure: Measure;
  /** Which safeguards changed it; empty when it is as it was. */
  because: SafeguardName[];
}

/** Take nothing that treating needs; nor does a rate limit, where the gate knows whose data are read without it. */
const harmless: ReadonlySet<ContainmentAction> = new Set(["watch", "freeze-deletes"]);
/** May take reading away. */
const hiding: ReadonlySet<ContainmentAction> = new Set(["refuse", "cut-vendor-link", "reauthenticate"]);

/** Pure. The measure as it may be taken. */
export function safeguard(measure: Measure, circumstances: Circumstances): Safeguarded {
  const { kind, id } = measure.target;
  const affected = reached(kind, id, circumstances.principals);
  const because: SafeguardName[] = [];
  let { action } = measure;
  if (hiding.has(action) && hides(affected, circumstances)) {
    action = "read-only";
    because.push("data-of-patients-on-treatment");
  }
  const isHarmless = harmless.has(action) || (action === "rate-limit" && onlySlows(affected, circumstances));
  if (!isHarmless && !(action === "quarantine-writes" && !affected.some(recordsDeliveries))) {
    const stops: SafeguardName[] = [];
    if (interrupts(affected, circumstances)) stops.push("treatment-in-progress");
    if (cutsOff(affected, circumstances)) stops.push("last-path-to-a-linac");
    if (stops.length > 0) action = milder(action, affected);
    because.push(...stops);
  }
  return { measure: because.length === 0 ? measure : { ...measure, action }, because };
}

/** Those who treat read the data of patients on treatment without it, and whatever they store goes through. */
const onlySlows = (affected: Affected[], { knowsPatientsOnTreatment }: Circumstances): boolean =>
  knowsPatientsOnTreatment && affected.every(treats);

/** What devices store is durable while it is held back; a record that a person makes cannot be held back. */
function milder(action: ContainmentAction, affected: Affected[]): ContainmentAction {
  if (action === "rate-limit") return "watch";
  return affected.some(recordsDeliveries) ? "freeze-deletes" : "quarantine-writes";
}

const recordsDeliveries = ({ roles }: Affected): boolean => roles.some((role) => mayRole(role, "care.record"));

function interrupts(affected: Affected[], { treating }: Circumstances): boolean {
  return affected.some(({ id }) => treating.has(id));
}

/** Where the gate cannot tell patients on treatment from others, all of them might be. */
function hides(affected: Affected[], { knowsPatientsOnTreatment }: Circumstances): boolean {
  return !knowsPatientsOnTreatment && affected.some(treats);
}

function cutsOff(affected: Affected[], { paths, blocked }: Circumstances): boolean {
  const ids = new Set(affected.map(({ id }) => id));
  return paths.some(({ through }) => {
    const working = through.filter((id) => !blocked.has(id));
    return working.length > 0 && working.every((id) => ids.has(id));
  });
}
