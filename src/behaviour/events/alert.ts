/** What a person reads: one alert an incident. Findings, the raw evidence, are apart (Assessment.findings). */
import type { Alarm } from "../alerting/alerter.ts";
import type { EntityKind, Reason } from "../detectors/detector.ts";
import type { Act, Observation } from "../detectors/observation.ts";

/** Graded, mildest first; a subset of what the gate can do. */
export const containmentLevels = [
  "watch",
  "reauthenticate",
  "rate-limit",
  "read-only",
  "quarantine-writes",
  "refuse",
] as const;
export type ContainmentLevel = (typeof containmentLevels)[number];

export interface EventAlert extends Alarm {
  /** Whom it speaks against; `tenant`: everybody in it together. */
  entity: string;
  kind: EntityKind;
  /** Seconds since 1970 of the first contributing event and of this one. */
  from: number;
  to: number;
  /** 0 to 1: that it is none of the false alarms that the budget allows for. */
  confidence: number;
  /** Everybody who contributed, the most suspicious first. */
  actors: string[];
  /** Names of the detectors that speak, strongest first. */
  evidence: string[];
  invariant: boolean;
  reasons: Reason[];
  technique: string;
  level: ContainmentLevel;
  /** Whether the evidence is strict enough to contain without asking: an invariant, or two independent kinds beyond the stricter level. */
  automatic: boolean;
  /** One sentence: what to do next. */
  action: string;
}

/** What one detector says against one entity at this event. */
export interface Finding {
  detector: string;
  kind: EntityKind;
  /** Calibrated, nats. */
  nats: number;
  invariant: boolean;
  reason: Reason;
}

/** Detectors that count the same things in different ways are one kind of evidence. */
const kindsOfEvidence: Record<string, string> = {
  volume: "amount",
  breadth: "amount",
  burst: "amount",
  endurance: "amount",
  dormant: "amount",
  slow: "amount",
  campaign: "amount",
};

/** Nats from which a detector speaks for itself. */
const speaks = 6;
/** Multiple of the alert's surprise from which containment may be automatic. */
const strict = 2.5;
/** One of these must be among what speaks: context and mere amount are never enough to stop anybody. */
const telling = ["content", "destruction", "treatment", "dormant", "invariants"];

export function independentKinds(findings: readonly Finding[], least = speaks): number {
  const told = findings.filter(({ nats }) => nats >= least);
  return new Set(told.map(({ detector }) => kindsOfEvidence[detector] ?? detector)).size;
}

/** Two independent kinds of evidence of so many nats, one of them about what is done to data or whose they are. */
export function isGrave(findings: readonly Finding[], least = speaks): boolean {
  const tells = findings.some(({ detector, nats }) => nats >= least && telling.includes(detector));
  return tells && independentKinds(findings, least) >= 2;
}

/** @param excess surprise as a multiple of what alerts */
export function isStrict(findings: readonly Finding[], excess: number): boolean {
  return findings.some(({ invariant }) => invariant) || (excess >= strict && isGrave(findings));
}

export function levelFor(seen: Observation, automatic: boolean, isStranger: boolean): ContainmentLevel {
  if (!automatic) return "watch";
  if (isStranger) return "refuse";
  const levels: Partial<Record<Act, ContainmentLevel>> = {
    read: "rate-limit",
    search: "rate-limit",
    create: "quarantine-writes",
    change: "quarantine-writes",
    destroy: "read-only",
    administer: "read-only",
    login: "reauthenticate",
  };
  return levels[seen.act] ?? "reauthenticate";
}

export function actionFor(level: ContainmentLevel, actor: string): string {
  const first = {
    watch: `Ask ${actor} whether this is theirs`,
    reauthenticate: `Have ${actor} sign in again`,
    "rate-limit": `Slow ${actor} down`,
    "read-only": `Restrict ${actor} to reading`,
    "quarantine-writes": `Hold back what ${actor} writes`,
    refuse: `Refuse ${actor}`,
  }[level];
  return `${first} until someone has looked; check what else it did since its first event here.`;
}

/** What the act itself does, when no reason says more. */
const byAct: Partial<Record<Act, string>> = {
  read: "T1530", // Data from Cloud Storage
  search: "T1083", // File and Directory Discovery
  change: "T1486", // Data Encrypted for Impact
  destroy: "T1485", // Data Destruction
};

/** The strongest reason that says more than that a valid account was used; else what the act suggests. */
export function techniqueOf(findings: readonly Finding[], act: Act): string {
  const ranked = findings.filter(({ reason }) => reason.technique);
  const telling = ranked.find(({ reason, nats }) => reason.technique !== "T1078" && nats >= (ranked[0]?.nats ?? 0) / 2);
  return telling?.reason.technique ?? byAct[act] ?? "T1078";
}
