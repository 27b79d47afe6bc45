/** What the gate says to an action: yes, yes but held back, or no. */
import type { ErrorCode } from "../core/index.ts";
import type { Containment } from "./containment.ts";

export type Decision = Permit | Quarantine | Denial;

export interface Permit {
  effect: "permit";
  /** The behaviour engine shall look closely. */
  watch: boolean;
  /** Permitted as long as there were fewer operations than this in the last minute. */
  rate?: { perMinute: number; containment: Containment };
}

/** The write is taken and held back. */
export interface Quarantine {
  effect: "quarantine";
  containment: Containment;
}

export interface Denial {
  effect: "deny";
  code: ErrorCode;
  /** For an administrator: what is lacking and what would mend it. No patient data. */
  reason: string;
  /** For the person affected. */
  message: string;
  containment?: Containment;
}
