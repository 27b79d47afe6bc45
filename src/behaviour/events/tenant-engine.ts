/** The engine of one tenant: everything it knows is its own, so that tenants can be scored apart or together alike. */
import type { AccessEvent } from "../../core/index.ts";
import { Alerter, type AlertOptions } from "../alerting/alerter.ts";
import type { Detector, DetectorLimits, EntityKind, Evidence } from "../detectors/detector.ts";
import type { Observation } from "../detectors/observation.ts";
import { detectorMakers } from "../detectors/registry.ts";
import { combine, type Hash64 } from "../stats/hash.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { actionFor, type EventAlert, type Finding, isStrict, levelFor, techniqueOf } from "./alert.ts";
import { Duplicates } from "./duplicates.ts";
import { Feedback } from "./feedback.ts";
import { Groups } from "./groups.ts";
import { Incidents } from "./incidents.ts";
import { kindHash, Ledger } from "./ledger.ts";
import { Observer } from "./observer.ts";
import { Plans } from "./plans.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface TenantOptions {
  limits: DetectorLimits;
  alerts: AlertOptions;
  seed: number;
  disabled: readonly string[];
}

export interface Judgement {
  score: number;
  actor: string;
  findings: Finding[];
  alert?: EventAlert;
  alarming: boolean;
}

interface Report extends Evidence {
  detector: number;
}

/** What the merged surprise is divided by before it is calibrated again: fits the scale of the peaks. */
const mergedScale = 2;
/** What an event at alert level still teaches: lasting change is adapted to, if slowly. */
const leastLesson = 0.05;
/** Nats of merged surprise from which an event teaches less. */
const suspicious = 6;
const findingsShown = 5;

export class TenantEngine {
  readonly plans = new Plans();
  readonly feedback = new Feedback();
  readonly #detectors: Detector[];
  readonly #groups: Groups;
  readonly #observer: Observer;
  readonly #duplicates = new Duplicates();
  readonly #ledger: Ledger;
  readonly #alerter: Alerter;
  readonly #bucket: TokenBucket;
  readonly #invariants: TokenBucket;
  readonly #incidents = new Incidents();
  #reports: Report[] = [];

  constructor({ limits, alerts, seed, disabled }: TenantOptions) {
    const names = Object.keys(detectorMakers).filter((name) => !disabled.includes(name));
    this.#detectors = names.map((name) => detectorMakers[name]!(limits));
    this.#groups = new Groups(limits.entities);
    this.#observer = new Observer(this.#groups, seed);
    this.#ledger = new Ledger(limits.entities, names.length);
    this.#alerter = new Alerter({ ...alerts, entities: Math.min(alerts.entities, limits.entities) });
    this.#bucket = new TokenBucket(Math.max(2, 2 * alerts.alertsPerWeek), 2 * alerts.alertsPerWeek);
    this.#invariants = new TokenBucket(Math.max(5, 5 * alerts.alertsPerWeek), 5 * alerts.alertsPerWeek);
  }

  assess(event: AccessEvent, index: number): Judgement {
    const known = this.#duplicates.find(event);
    const seen = this.#observer.observe(event, index, (made) => this.plans.unplanned(made));
    if (known !== undefined) return { score: known, actor: seen.actor, findings: [], alarming: false };
    this.#reports = [];
    for (let d = 0; d < this.#detectors.length; d++) this.#ask(d, seen);
    const judgement = this.#judge(seen);
    const weight = lesson(judgement.score);
    for (const detector of this.#detectors) detector.learn(seen, weight);
    this.#duplicates.remember(judgement.score);
    return judgement;
  }

  #ask(detector: number, seen: Observation): void {
    this.#detectors[detector]!.assess(seen, (evidence) => {
      if (!(evidence.nats >= 1)) return;
      const nats = Math.min(1e6, evidence.nats) * (evidence.invariant ? 1 : seen.unplanned);
      this.#reports.push({ ...evidence, nats, detector });
    });
  }

  #judge(seen: Observation): Judgement {
    const own = this.#against(seen, "principal", seen.principal, true);
    let { score } = own;
    let { alert } = own;
    const findings = own.findings;
    let alarming = own.alarming;
    for (const other of this.#others(seen)) {
      const judged = this.#against(seen, other.kind, other.key, false);
      score = Math.max(score, judged.score / 2);
      alarming ||= judged.alarming;
      alert ??= judged.alert;
      findings.push(...judged.findings);
    }
    return { score, actor: seen.actor, findings, alarming, ...(alert ? { alert } : {}) };
  }

  #others(seen: Observation): { kind: EntityKind; key: Hash64 }[] {
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
    for (const { detector, nats, level } of told) this.#ledger.add(detector, nats, level === true);
    let sum = 0;
    let score = 0;
    const findings: Finding[] = [];
    for (let d = 0; d < this.#detectors.length; d++) {
      const nats = this.feedback.weigh(seen, this.#detectors[d]!.name, this.#ledger.surprise(d));
      const report = strongest(told, d);
      const counted = report?.invariant ? Math.max(nats, 20) : nats;
      sum += counted;
      score += report ? counted : counted / 2;
      if (report && (counted >= 1 || report.invariant)) {
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
    const alert = this.#decide(seen, kind, key, sum, findings);
    return { score, actor: seen.actor, findings, alarming: this.#alerter.alarming, ...(alert ? { alert } : {}) };
  }

  #decide(seen: Observation, kind: EntityKind, key: Hash64, sum: number, findings: Finding[]): EventAlert | undefined {
    const counterparty = seen.patients[0] ?? seen.studies[0] ?? key;
    const alarm = this.#alerter.observe(key, counterparty, seen.time, sum / mergedScale, seen.index);
    const invariant = findings.find((finding) => finding.invariant);
    if (!invariant && !alarm) return undefined;
    const technique = techniqueOf(findings, seen.act);
    if (!this.#incidents.isNew(seen, kind, key, technique, invariant !== undefined)) return undefined;
    if (!(invariant ? this.#invariants : this.#bucket).take(seen.time)) return undefined;
    const { risk, test, events } = alarm ?? { risk: 0.99, test: "peak", events: [seen.index] };
    const excess = -Math.log2(1 - Math.min(risk, 0.999_999));
    const automatic = kind === "principal" && isStrict(findings, excess);
    const level = levelFor(seen, automatic, this.#ledger.isStranger);
    const entity = kind === "principal" ? seen.actor : kind;
    return {
      ...{ entity, kind, risk, test, events, level, automatic },
      from: seen.time,
      to: seen.time,
      confidence: invariant ? 0.99 : Math.min(0.99, 1 - Math.exp(-2 * excess + 1)),
      actors: [seen.actor],
      evidence: findings.map(({ detector }) => detector),
      invariant: invariant !== undefined,
      reasons: findings.slice(0, findingsShown).map(({ reason }) => reason),
      technique,
      action: actionFor(level, seen.actor),
    };
  }

  get bytes(): number {
    const own =
      this.#groups.bytes + this.#ledger.bytes + this.#alerter.bytes + this.#duplicates.bytes + this.#incidents.bytes;
    return this.#detectors.reduce((sum, { bytes }) => sum + bytes, own);
  }

  save(out: SnapshotWriter): void {
    for (const part of this.#parts()) part.save(out);
  }

  load(input: SnapshotReader): void {
    for (const part of this.#parts()) part.load(input);
  }

  #parts(): { save(out: SnapshotWriter): void; load(input: SnapshotReader): void }[] {
    return [
      ...[this.#observer, this.#groups, this.#duplicates, this.#ledger, this.#alerter, this.#bucket, this.#invariants],
      ...[this.#incidents, this.plans, this.feedback],
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

function lesson(score: number): number {
  return score <= suspicious ? 1 : Math.max(leastLesson, Math.exp((suspicious - score) / 4));
}
