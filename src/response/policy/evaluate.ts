/** A finding against the policy: a pure function. */
import { stranger } from "../../core/index.ts";
import type { ContainmentTarget } from "../../gate/index.ts";
import type { Finding } from "../finding.ts";
import type { Condition, Mode, Policy, PolicyAction, Rule } from "./types.ts";

export interface Measure extends Omit<PolicyAction, "on"> {
  target: ContainmentTarget;
}

export interface Verdict {
  rule: string;
  mode: Mode;
  measures: Measure[];
}

/** The first rule that holds decides; undefined: none does. What names a target that the subject lacks is left out. */
export function evaluate(policy: Policy, finding: Finding): Verdict | undefined {
  const rule = policy.rules.find(({ when }) => holds(when, finding));
  return rule && { rule: rule.name, mode: rule.mode, measures: measuresOf(rule, finding) };
}

/** Detectors that count the same things in different ways are one kind of evidence, as in the behaviour engine. */
const amounts = new Set(["volume", "breadth", "burst", "dormant", "slow", "campaign"]);

const independentKinds = (evidence: string[]): number =>
  new Set(evidence.map((detector) => (amounts.has(detector) ? "amount" : detector))).size;

function measuresOf(rule: Rule, finding: Finding): Measure[] {
  return rule.actions.flatMap(({ on, ...action }) => {
    const id = targetId(on, finding);
    return id === undefined ? [] : [{ ...action, target: { kind: on, id } }];
  });
}

/** Nobody is contained for what others did, nor for what somebody did who proved no identity. */
function targetId(on: PolicyAction["on"], { subject, about }: Finding): string | undefined {
  const { principal, vendor, tenant, host } = subject;
  if (on === "principal" && (about !== undefined || principal === stranger.name)) return undefined;
  return { principal, vendor, tenant, host }[on];
}

function holds(
  when: Condition,
  { risk, evidence, invariant, automatic = false, technique, subject }: Finding,
): boolean {
  const within = <T>(list: readonly T[] | undefined, values: readonly (T | undefined)[]) =>
    list === undefined || values.some((value) => value !== undefined && list.includes(value));
  return (
    risk >= (when.risk ?? 0) &&
    independentKinds(evidence) >= (when.kinds ?? 0) &&
    (when.invariant ?? invariant) === invariant &&
    (when.automatic ?? automatic) === automatic &&
    (when.vendor ?? subject.vendor !== undefined) === (subject.vendor !== undefined) &&
    within(when.evidence, evidence) &&
    within(when.roles, subject.roles) &&
    within(when.principals, [subject.kind]) &&
    within(when.techniques, [technique, technique?.split(".")[0]]) &&
    within(when.tenants, [subject.tenant])
  );
}
