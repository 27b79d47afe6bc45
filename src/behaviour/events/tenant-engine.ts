/** The engine of one tenant: everything it knows is its own, so that tenants can be scored apart or together alike. */
import type { AccessEvent } from "../../core/index.ts";
import type { AlertOptions } from "../alerting/alerter.ts";
import type { Detector, DetectorLimits, EntityKind, Evidence } from "../detectors/detector.ts";
import type { Observation } from "../detectors/observation.ts";
import { detectorMakers } from "../detectors/registry.ts";
import { combine, type Hash64 } from "../stats/hash.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { actionFor, type EventAlert, type Finding, isStrict, levelFor, techniqueOf } from "./alert.ts";
import { Decider, type Decision } from "./decider.ts";
import { Duplicates } from "./duplicates.ts";
import { Feedback, type Verdict } from "./feedback.ts";
import { Groups } from "./groups.ts";
import { Incidents } from "./incidents.ts";
import { LastingAlerts } from "./lasting-alerts.ts";
import { kindHash, Ledger } from "./ledger.ts";
import { Memory } from "./memory.ts";
import { Observer } from "./observer.ts";
import { Plans } from "./plans.ts";
import { Ration } from "./ration.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface TenantOptions {
  limits: DetectorLimits;
  alerts: AlertOptions;
  seed: number;
  disabled: readonly string[];
  /** SHA-256 (hex) of patient ids and UIDs. */
  canaries: readonly string[];
}

export interface Judgement {
  score: number;
  actor: string;
  findings: Finding[];
  alert?: EventAlert;
  /** Surprise as a multiple of what alerts, of whomever the event speaks against most. */
  excess: number;
  /** The same of the principal alone: a host, a vendor or everybody together may be odd without it. */
  own: number;
  /** What the principal did is strict enough to contain it without asking. */
  automatic: boolean;
}

interface Report extends Evidence {
  detector: number;
}

/** What the merged surprise is divided by before it is calibrated again: fits the scale of the peaks. */
const mergedScale = 2;
/** What an event at alert level still teaches: lasting change is adapted to, if slowly. */
const leastLesson = 0.05;
/** Multiple of what alerts from which an event teaches less. */
const suspicious = 0.6;
/** Nats: what an invariant counts for in the score of its event; the merged surprise is spared it. */
const certain = 20;
const findingsShown = 5;
/** Detectors that report what gathers over days. */
const lastingTests = 2;
const youngFor = 21 * 86_400;
/** Nats of its own from which even a keeper of facts is taught by the weight of the whole. */
const doubtful = 5;
/** Multiple of what alerts from which findings are kept for the alert that may follow. */
const remembered = 0.2;
/** Of the budget, for what is rare; the rest is for invariants, each detector of which has a bucket of its own. */
const shareOfRare = 0.75;
/** Of the budget, for what gathers over days; taken off that of what is rare. */
const shareOfLasting = 0.1;
/** Of the budget, for what does harm and is borne out by two kinds of evidence, when the ledger has nothing left. */
const shareOfGrave = 0.1;
/** Of the budget; the rest is for what is said against hosts, vendors, objects and everybody together. */
const shareOfPrincipals = 0.7;

export class TenantEngine {
  readonly plans = new Plans();
  readonly feedback = new Feedback();
  readonly #detectors: Detector[];
  readonly #groups: Groups;
  readonly #observer: Observer;
  readonly #duplicates = new Duplicates();
  readonly #ledger: Ledger;
  readonly #people: Decider;
  readonly #others: Decider;
  readonly #ration: Ration;
  readonly #invariants: Map<string, TokenBucket>;
  readonly #lasting: LastingAlerts;
  readonly #incidents = new Incidents();
  readonly #memory = new Memory();
  #reports: Report[] = [];
  /** Reports of what gathers over days. */
  #gathered: Report[] = [];
  #first = -1;
  /** Events seen. */
  events = 0;

  constructor({ limits, alerts, seed, disabled, canaries }: TenantOptions) {
    const names = Object.keys(detectorMakers).filter((name) => !disabled.includes(name));
    this.#detectors = names.map((name) => detectorMakers[name]!(limits, { canaries }));
    this.#groups = new Groups(limits.entities);
    this.#observer = new Observer(this.#groups, seed);
    this.#ledger = new Ledger(limits.entities, names.length);
    this.#people = new Decider(alerts.alertsPerWeek * shareOfPrincipals, limits.entities);
    this.#others = new Decider(alerts.alertsPerWeek * (1 - shareOfPrincipals), limits.entities);
    this.#ration = new Ration(
      alerts.alertsPerWeek * (shareOfRare - shareOfLasting),
      alerts.alertsPerWeek * shareOfGrave,
    );
    this.#lasting = new LastingAlerts(alerts.alertsPerWeek * shareOfLasting, lastingTests);
    this.#invariants = new Map(
      names.map((name) => [name, new TokenBucket(3, alerts.alertsPerWeek * (1 - shareOfRare))]),
    );
  }

  /** A person's word about an alert. One that proved true was no false alert: the ledger gives its charge back. */
  judge(verdict: Verdict): void {
    this.undo(verdict.id);
    this.feedback.give(verdict);
    if (verdict.verdict === "malicious") this.#ration.refund();
  }

  /** @returns whether there was such a verdict */
  undo(id: string): boolean {
    const taken = this.feedback.all.find((verdict) => verdict.id === id);
    if (taken?.verdict === "malicious") this.#ration.charge();
    return this.feedback.undo(id);
  }

  assess(event: AccessEvent, index: number): Judgement {
    this.events++;
    const known = this.#duplicates.find(event);
    const seen = this.#observer.observe(event, index, (made) => this.plans.unplanned(made));
    if (this.#first < 0) this.#first = seen.time;
    if (known !== undefined)
      return { score: known, actor: seen.actor, findings: [], excess: 0, own: 0, automatic: false };
    this.#reports = [];
    this.#gathered = [];
    for (let d = 0; d < this.#detectors.length; d++) this.#ask(d, seen);
    const judgement = this.#withLasting(seen, this.#judge(seen));
    const weight = this.#reports.some(({ invariant }) => invariant) ? leastLesson : lesson(judgement.excess);
    for (const [d, detector] of this.#detectors.entries()) {
      const isCalm =
        detector.keepsFacts && !this.#reports.some((report) => report.detector === d && report.nats >= doubtful);
      detector.learn(seen, isCalm ? 1 : weight);
    }
    this.#duplicates.remember(judgement.score);
    return judgement;
  }

  #ask(detector: number, seen: Observation): void {
    this.#detectors[detector]!.assess(seen, (evidence) => {
      if (!(evidence.nats >= 1)) return;
      const isUncovered = evidence.invariant || evidence.lasting || (evidence.whom && seen.vendor);
      const planned = isUncovered ? 1 : seen.unplanned;
      const reports = evidence.lasting ? this.#gathered : this.#reports;
      reports.push({ ...evidence, nats: Math.min(1e6, evidence.nats) * planned, detector });
    });
  }

  #judge(seen: Observation): Judgement {
    const own = this.#against(seen, "principal", seen.principal, true);
    let { score } = own;
    let { alert } = own;
    const findings = own.findings;
    let { excess } = own;
    for (const other of this.#accused(seen)) {
      const judged = this.#against(seen, other.kind, other.key, false);
      score = Math.max(score, judged.score / 2);
      excess = Math.max(excess, judged.excess);
      alert ??= judged.alert;
      findings.push(...judged.findings);
    }
    return { ...own, score, findings, excess, ...(alert ? { alert } : {}) };
  }

  /** What gathers over days adds to the score and the findings, and raises an alert of its own where the event raises none anyway. */
  #withLasting(seen: Observation, judged: Judgement): Judgement {
    if (this.#gathered.length === 0) return judged;
    const findings = [...judged.findings];
    let { alert, score } = judged;
    for (const report of this.#gathered) {
      const detector = this.#detectors[report.detector]!.name;
      const evidence = { ...report, nats: this.feedback.weigh(seen, detector, report.nats) };
      findings.push({ detector, kind: report.entity, nats: evidence.nats, invariant: false, reason: report.reason() });
      score += report.entity === "principal" ? evidence.nats : evidence.nats / 2;
      const isKnown = alert !== undefined || this.#incidents.knows(seen);
      const whom = report.key ?? keyOf(seen, report.entity) ?? seen.tenant;
      alert = this.#lasting.judge(seen, evidence, whom, isKnown) ?? alert;
    }
    return { ...judged, score, findings: findings.sort((a, b) => b.nats - a.nats), ...(alert ? { alert } : {}) };
  }

  #accused(seen: Observation): { kind: EntityKind; key: Hash64 }[] {
    const others: { kind: EntityKind; key: Hash64 }[] = [];
    for (const { entity, key } of this.#reports) {
      if (entity === "principal" && !key) continue;
      const whom = key ?? keyOf(seen, entity);
      if (whom && !others.some((other) => other.kind === entity && same(other.key, whom)))
        others.push({ kind: entity, key: whom });
    }
    return others;
  }

  #against(seen: Observation, kind: EntityKind, whom: Hash64, isOwn: boolean): Judgement {
    const key = { high: 0, low: 0 };
    combine(kindHash(kind), whom, key);
    this.#ledger.turn(key, isOwn ? seen.group : 64 + kindOrder.indexOf(kind), seen.time);
    const told = this.#reports.filter((report) =>
      isOwn
        ? report.entity === kind && !report.key
        : report.entity === kind && same(report.key ?? keyOf(seen, kind), whom),
    );
    for (const { detector, nats, level } of told) this.#ledger.add(detector, seen.act, nats, level === true);
    let sum = 0;
    let score = 0;
    const findings: Finding[] = [];
    for (let d = 0; d < this.#detectors.length; d++) {
      const nats = this.feedback.weigh(seen, this.#detectors[d]!.name, this.#ledger.surprise(d));
      const report = strongest(told, d);
      sum += nats;
      const counted = report?.invariant ? Math.max(nats, certain) : nats;
      score += report ? counted : counted / 2;
      if (report && counted >= 1) {
        findings.push({
          detector: this.#detectors[d]!.name,
          kind,
          nats: counted,
          invariant: report.invariant === true,
          reason: report.reason(),
        });
      }
    }
    findings.sort((a, b) => b.nats - a.nats);
    const decider = isOwn ? this.#people : this.#others;
    const decision = decider.observe(key, seen.time, sum / mergedScale, seen.index);
    const all = decision.excess >= remembered ? this.#memory.with(key, seen.time, seen.actor, findings) : findings;
    const alert = this.#alert(seen, kind, key, decision, all);
    const { excess } = decision;
    const automatic = isOwn && this.#mayContain(seen, all, excess);
    return { score, actor: seen.actor, findings, excess, own: excess, automatic, ...(alert ? { alert } : {}) };
  }

  #alert(
    seen: Observation,
    kind: EntityKind,
    key: Hash64,
    { excess, test }: Decision,
    findings: Finding[],
  ): EventAlert | undefined {
    const invariant = findings.find((finding) => finding.invariant);
    if (!invariant && excess < 1) return undefined;
    const technique = techniqueOf(findings, seen.act);
    const mayTell = (): boolean =>
      invariant
        ? this.#invariants.get(invariant.detector)!.take(seen.time)
        : this.#ration.take(seen.time, excess, findings);
    const decider = kind === "principal" ? this.#people : this.#others;
    if (!this.#incidents.isNew(seen, kind, key, excess, technique, invariant !== undefined, mayTell)) {
      if (this.#incidents.knows(seen, kind, key)) decider.alerted();
      return undefined;
    }
    const automatic = kind === "principal" && this.#mayContain(seen, findings, excess);
    const events = decider.alerted();
    const risk = riskOf(invariant ? Math.max(excess, 6) : excess);
    const level = levelFor(seen, automatic, this.#ledger.isStranger);
    const { names, from } = this.#memory.actors(key, seen.time);
    const entity = kind === "principal" ? seen.actor : kind;
    return {
      ...{ entity, kind, risk, test, level, automatic },
      events: events.length > 0 ? events : [seen.index],
      from,
      to: seen.time,
      confidence: invariant ? 0.99 : Math.min(0.99, 1 - Math.exp(1 - 2 * excess)),
      actors: [...new Set([seen.actor, ...names])],
      evidence: findings.map(({ detector }) => detector),
      invariant: invariant !== undefined,
      reasons: findings.slice(0, findingsShown).map(({ reason }) => reason),
      technique,
      action: actionFor(level, seen.actor),
    };
  }

  /** A record tells of what was delivered: whoever stored it treats a patient, and is not the one to be stopped. */
  #mayContain(seen: Observation, findings: readonly Finding[], excess: number): boolean {
    return seen.event.treatment?.kind !== "record" && isStrict(findings, this.#isYoung(seen) ? 0 : excess);
  }

  /** Until a tenant has been known for three weeks, only invariants contain. */
  #isYoung({ time }: Observation): boolean {
    return time - this.#first < youngFor;
  }

  get bytes(): number {
    const own =
      this.#groups.bytes +
      this.#ledger.bytes +
      this.#people.bytes +
      this.#others.bytes +
      this.#duplicates.bytes +
      this.#incidents.bytes +
      this.#lasting.bytes;
    return this.#detectors.reduce((sum, { bytes }) => sum + bytes, own);
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.events, this.#first]);
    for (const part of this.#parts()) part.save(out);
  }

  load(input: SnapshotReader): void {
    const [events, first] = input.numbers(2);
    this.events = events;
    this.#first = first;
    for (const part of this.#parts()) part.load(input);
  }

  #parts(): { save(out: SnapshotWriter): void; load(input: SnapshotReader): void }[] {
    return [
      ...[this.#observer, this.#groups, this.#duplicates, this.#ledger, this.#people, this.#others, this.#ration],
      ...[...this.#invariants.values(), this.#lasting, this.#incidents, this.#memory, this.plans, this.feedback],
      ...this.#detectors,
    ];
  }
}

const kindOrder: readonly EntityKind[] = ["principal", "host", "vendor", "tenant", "object"];

function keyOf(seen: Observation, kind: EntityKind): Hash64 | undefined {
  if (kind === "object") return seen.patients[0] ?? seen.studies[0] ?? seen.instances[0];
  return seen[kind];
}

function same(a: Hash64 | undefined, b: Hash64): boolean {
  return a !== undefined && a.high === b.high && a.low === b.low;
}

function strongest(reports: readonly Report[], detector: number): Report | undefined {
  let best: Report | undefined;
  for (const report of reports) {
    if (report.detector !== detector) continue;
    if (!best || (report.invariant && !best.invariant) || (report.nats > best.nats && !best.invariant)) best = report;
  }
  return best;
}

/** ½ at the level of alerts, towards 1 beyond. */
export function riskOf(excess: number): number {
  return 1 - 2 ** -excess;
}

/** How much an event teaches, by how near it came to an alert. */
function lesson(excess: number): number {
  return Math.min(1, Math.max(leastLesson, 1 - (excess - suspicious) / (1.1 - suspicious)));
}
