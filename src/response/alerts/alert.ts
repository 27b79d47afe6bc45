/** An alert in the inbox, and what may be done with it. */
import type { Finding } from "../finding.ts";
import type { Numbered } from "../ledger.ts";
import type { Measure, Mode } from "../policy/index.ts";

export const alertStates = ["new", "acknowledged", "in progress", "closed"] as const;
export type AlertState = (typeof alertStates)[number];

export const closureReasons = [
  "true positive",
  /** What happened is as described, and harmless. */
  "benign",
  "planned work",
  "training or test",
  /** What is described did not happen so. */
  "wrong data",
  "duplicate",
] as const;
export type ClosureReason = (typeof closureReasons)[number];

export interface Decision {
  /** Version of the policy, and its rule. */
  policy: number;
  rule: string;
  mode: Mode;
  measures: (Measure & {
    /** `would`: shadow; `asked`: waits for a person. */
    outcome: "would" | "asked" | "taken" | "declined";
    /** ms since 1970 when the policy first came to it. */
    at: number;
    containment?: string;
  })[];
}

export interface Alert extends Omit<Finding, "campaign">, Numbered {
  /** Alerts of one campaign share it. */
  incident: string;
  state: AlertState;
  raisedAt: number;
  updatedAt: number;
  /** Findings in it. */
  findings: number;
  /** Journal entries at which it was found, the latest of them. */
  entries?: number[];
  assignee?: string;
  comments: { by: string; at: number; text: string }[];
  decision?: Decision;
  closure?: { reason: ClosureReason; by: string; at: number };
}

/** Several alerts that are one affair. */
export interface Incident {
  id: string;
  /** Open as long as one of its alerts is. */
  open: boolean;
  risk: number;
  since: number;
  updatedAt: number;
  alerts: string[];
  /** Principal ids. */
  subjects: string[];
  techniques: string[];
}
