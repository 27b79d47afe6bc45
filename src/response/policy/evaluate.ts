/** A finding against the policy: a pure function. */
import type { ContainmentTarget } from "../../gate/index.ts";
import type { Finding, Subject } from "../finding.ts";
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
  return rule && { rule: rule.name, mode: rule.mode, measures: measuresOf(rule, finding.subject) };
}

/** Detectors that count the same things in different ways are one kind of evidence, as in the behaviour engine. */
const amounts = new Set(["volume", "breadth", "burst", "dormant", "budget"]);

const independentKinds = (evidence: string[]): number =>
  new Set(evidence.map((detector) => (amounts.has(detector) ? "amount" : detector))).size;

function measuresOf(rule: Rule, subject: Subject): Measure[] {
  return rule.actions.flatMap(({ on, ...action }) => {
    const id = targetId(on, subject);
    return id === undefined ? [] : [{ ...action, target: { kind: on, id } }];
  });
}

function targetId(on: PolicyAction["on"], { principal, vendor, tenant, host }: Subject): string | undefined {
  return { principal, vendor, tenant, host }[on];
}

function holds(when: Condition, { risk, evidence, invariant, technique, subject }: Finding): boolean {
  const within = <T>(list: readonly T[] | undefined, values: readonly (T | undefined)[]) =>
    list === undefined || values.some((value) => value !== undefined && list.includes(value));
  return (
    risk >= (when.risk ?? 0) &&
    independentKinds(evidence) >= (when.kinds ?? 0) &&
    (when.invariant ?? invariant) === invariant &&
    (when.vendor ?? subject.vendor !== undefined) === (subject.vendor !== undefined) &&
    within(when.evidence, evidence) &&
    within(when.roles, subject.roles) &&
    within(when.principals, [subject.kind]) &&
    within(when.techniques, [technique]) &&
    within(when.tenants, [subject.tenant])
  );
}
