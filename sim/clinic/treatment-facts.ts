/** What the archive reads from a stored plan or treatment record, for the event of its storage. */
import type { AccessEvent } from "../../src/core/index.ts";
import type { Patient, Plan } from "./world/patients.ts";

export interface DeliveredBeam {
  number: number;
  /** MU asked for and given. */
  specified: number;
  delivered: number;
}

export interface Delivery {
  plan: Plan;
  fraction: number;
  beams: readonly DeliveredBeam[];
  machine: string;
}

export function planFacts(_plan: Plan, _patient: Patient): Partial<AccessEvent> {
  return {};
}

export function recordFacts(_delivery: Delivery): Partial<AccessEvent> {
  return {};
}
