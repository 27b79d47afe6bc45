/** One more finding in an alert. */
import { type ContainmentLevel, containmentLevels } from "../../behaviour/index.ts";
import type { Finding } from "../finding.ts";
import type { Alert } from "./alert.ts";

const mostEvents = 256;
const mostReasons = 12;
const mostActors = 16;
const mostTogether = 256;

/** @param now ms since 1970 */
export function merge(alert: Omit<Alert, "seq">, finding: Finding, now: number): Omit<Alert, "seq"> {
  const { entry, assessed, level, technique, objects, late } = finding;
  return {
    ...alert,
    updatedAt: now,
    findings: alert.findings + 1,
    risk: Math.max(alert.risk, finding.risk),
    invariant: alert.invariant || finding.invariant,
    automatic: alert.automatic === true || finding.automatic === true,
    evidence: union(alert.evidence, finding.evidence),
    reasons: latestOfEach(alert.reasons, finding.reasons),
    subject: { ...alert.subject, ...finding.subject },
    events: union(alert.events, finding.events).slice(-mostEvents),
    ...given("actors", union(alert.actors, finding.actors).slice(0, mostActors)),
    ...given("together", union(alert.together, finding.together).slice(0, mostTogether)),
    ...(level ? { level: stricter(alert.level, level) } : {}),
    ...(technique ? { technique } : {}),
    ...(objects === undefined ? {} : { objects: Math.max(alert.objects ?? 0, objects) }),
    ...(entry === undefined
      ? {}
      : { entry, entries: [...new Set([...(alert.entries ?? []), entry])].slice(-mostEvents) }),
    ...(assessed === undefined ? {} : { assessed }),
    ...(late === undefined ? {} : { late: Math.max(alert.late ?? 0, late) }),
    ...(alert.onlyAsks && !finding.onlyAsks ? { onlyAsks: false } : {}),
  };
}

const union = (one: readonly string[] = [], other: readonly string[] = []): string[] => [
  ...new Set([...one, ...other]),
];

const given = <K extends string>(name: K, list: string[]): Partial<Record<K, string[]>> =>
  list.length === 0 ? {} : ({ [name]: list } as Record<K, string[]>);

function latestOfEach(known: Alert["reasons"], more: Alert["reasons"]): Alert["reasons"] {
  const latest = new Map([...known, ...more].map((reason) => [reason.detector, reason]));
  return [...latest.values()].slice(0, mostReasons);
}

function stricter(known: ContainmentLevel | undefined, more: ContainmentLevel): ContainmentLevel {
  const grade = (level: ContainmentLevel): number => containmentLevels.indexOf(level);
  return known === undefined || grade(more) > grade(known) ? more : known;
}
