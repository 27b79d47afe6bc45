/** The policy of response: which risk, evidence and role lead to which action, and in which mode. */
import type { ContainmentAction, PrincipalKind, Role, TargetKind } from "../../gate/index.ts";

export const modes = [
  /** Only noted: what would have been done. */
  "shadow",
  /** Proposed to a person, who decides. */
  "ask",
  /** Done at once. */
  "automatic",
] as const;
export type Mode = (typeof modes)[number];

/** All that are given must hold. */
export interface Condition {
  /** Least risk, 0 to 1. */
  risk?: number;
  /** Any of these detectors speaks. */
  evidence?: string[];
  /** So many independent kinds of evidence, at least: detectors of mere amounts are one kind. */
  kinds?: number;
  invariant?: boolean;
  /** The engine finds the evidence strict enough to contain without asking. */
  automatic?: boolean;
  /** Any of these roles. */
  roles?: Role[];
  /** Any of these kinds of principal. */
  principals?: PrincipalKind[];
  /** It belongs to a vendor, or does not. */
  vendor?: boolean;
  /** Any of these MITRE ATT&CK techniques; `T1565` means all of its sub-techniques, too. */
  techniques?: string[];
  tenants?: string[];
}

export interface PolicyAction {
  action: ContainmentAction;
  on: TargetKind;
  /** It ends by itself after so many; absent: when released. */
  minutes?: number;
  /** For `rate-limit`. */
  perMinute?: number;
}

export interface Rule {
  /** Unique in the policy. */
  name: string;
  when: Condition;
  actions: PolicyAction[];
  mode: Mode;
}

/** Run whenever the policy is loaded; a policy that fails its own examples is refused. */
export interface Example {
  name: string;
  finding: ExampleFinding;
  /** Name of the rule, or null when none applies. */
  rule: string | null;
  /** As the rule's, when given. */
  mode?: Mode;
  actions?: ContainmentAction[];
}

export interface ExampleFinding {
  risk: number;
  evidence: string[];
  invariant?: boolean;
  automatic?: boolean;
  technique?: string;
  roles?: Role[];
  kind?: PrincipalKind;
  vendor?: string;
  host?: string;
  tenant?: string;
}

export interface Policy {
  /** Counted up by the operator with each change; noted with everything the policy decides. */
  version: number;
  /** Whom a person affected may call. */
  contact: string;
  /** The first whose condition holds decides. */
  rules: Rule[];
  examples: Example[];
}
