/** How one attack ended. */
import type { Attack } from "../../../sim/clinic/index.ts";
import type { AccessEvent } from "../../../src/core/index.ts";

export interface Outcome {
  family: string;
  seed: number;
  kind: string;
  goal: Attack["goal"];
  unit: string;
  speed: number;
  stealth: number;
  archive: { objects: number; bytes: number };
  hostileLines: number;
  /** Objects, plans, looks or calls until it was found, or in all. */
  touched: number;
  /** Bytes that left until then. */
  bytes: number;
  found?: {
    /** Seconds since its first line. */
    delay: number;
    technique: string;
    /** Its technique is one that describes the attack. */
    explained: boolean;
    /** The default policy would contain it at once. */
    automatic: boolean;
    entity: string;
    reasons: readonly string[];
  };
}

const harms: Partial<Record<Attack["goal"], readonly AccessEvent["activity"][]>> = {
  damage: ["create", "update", "delete"],
  leak: ["read", "export"],
  treatment: ["create", "update"],
};

/** Objects that an event takes out; of damage each request is one (a study deleted is one), of access and trail each event. */
export function objectsOf({ activity, count, status }: AccessEvent, goal: Attack["goal"]): number {
  const activities = harms[goal];
  if (!activities) return 1;
  if (!activities.includes(activity) || status !== "success") return 0;
  return goal === "leak" ? (count?.objects ?? 1) : 1;
}
