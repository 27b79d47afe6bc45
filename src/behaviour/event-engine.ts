/**
 * The engine over access events. Each event is an edge in several relations at once; the one that finds it most
 * anomalous speaks, so that no relation can outvote another and none is diluted.
 */
import type { AccessEvent, Resource } from "../core/index.ts";
import { type Alarm, Alerter, type AlertOptions, defaultAlertOptions } from "./alerting/alerter.ts";
import { explain, technique } from "./explain.ts";
import type { Finding } from "./relation/finding.ts";
import { Relation, type RelationLimits } from "./relation/relation.ts";
import { type Hash64, hashText } from "./stats/hash.ts";
import { SnapshotReader, SnapshotWriter } from "./stats/snapshot.ts";

export interface EventEngineOptions {
  /** Of each relation. */
  limits: RelationLimits;
  alerts: AlertOptions;
  /** Of the hashes of names. */
  seed: number;
}

export interface Assessment {
  /** Nats, ≥ 0, higher is more anomalous. */
  score: number;
  /** Who acted: the most specific name the event gives. */
  actor: string;
  /** Present at alert level: in plain words, without patient data. */
  reasons: string[];
  technique?: string;
  /** Present when this event raises an alert. */
  alarm?: Alarm;
}

const eventLimits: RelationLimits = { sources: 65_536, targets: 262_144, pairs: 524_288 };
const snapshotName = "holdfast-events-1";
const reasonsShown = 3;
/** Resources of one event that are looked at one by one; the others count as part of the last of them. */
const resourcesSeen = 64;
/** An event that claims more objects than this is not believed. */
const mostObjects = 1e8;

/** What each relation is about, in words that name no patient. */
const relationNames = {
  object: "a patient or study",
  operation: "one kind of operation",
  origin: "one address",
} as const;
type RelationName = keyof typeof relationNames;

export class EventEngine {
  readonly #relations: Record<RelationName, Relation>;
  readonly #alerter: Alerter;
  readonly #seed: number;
  readonly #source: Hash64 = { high: 0, low: 0 };
  readonly #target: Hash64 = { high: 0, low: 0 };
  readonly #incident: Hash64 = { high: 0, low: 0 };
  #best = 0;
  #findings: Finding[] = [];
  #about: RelationName = "object";

  constructor(options: Partial<EventEngineOptions> = {}) {
    const limits = options.limits ?? eventLimits;
    this.#relations = { object: new Relation(limits), operation: new Relation(limits), origin: new Relation(limits) };
    this.#alerter = new Alerter(options.alerts ?? defaultAlertOptions);
    this.#seed = options.seed ?? 1;
  }

  /** @param index the event's place in the stream, for the alarm's list of events */
  assess(event: AccessEvent, index: number): Assessment {
    const seconds = Date.parse(event.time) / 1000;
    const time = Number.isFinite(seconds) ? seconds : 0;
    const actor = actorOf(event);
    hashText(`${event.tenant ?? ""}\u0000${actor}`, this.#seed, this.#source);
    this.#best = -1;
    this.#objects(event, time);
    this.#relate("operation", `${event.activity}\u0000${event.operation}\u0000${event.status}`, time, 1);
    this.#relate(
      "origin",
      event.src_endpoint.ip ?? event.src_endpoint.hostname ?? event.src_endpoint.ae_title ?? "",
      time,
      1,
    );
    const alarm = this.#alerter.observe(this.#source, this.#incident, time, this.#best, index);
    if (!this.#alerter.alarming) return { score: this.#best, actor, reasons: [] };
    const names = { source: actor, target: relationNames[this.#about] };
    return {
      score: this.#best,
      actor,
      reasons: this.#findings.slice(0, reasonsShown).map((finding) => explain(finding, names)),
      technique: techniqueOf(event, this.#findings),
      ...(alarm ? { alarm } : {}),
    };
  }

  get bytes(): number {
    return Object.values(this.#relations).reduce((sum, { bytes }) => sum + bytes, this.#alerter.bytes);
  }

  snapshot(): Uint8Array {
    const out = new SnapshotWriter();
    out.text(snapshotName);
    for (const relation of Object.values(this.#relations)) relation.save(out);
    this.#alerter.save(out);
    return out.bytes();
  }

  /** Continues from a snapshot of an engine with the same options. @throws HoldfastError storage/format */
  restore(snapshot: Uint8Array): void {
    const input = new SnapshotReader(snapshot);
    if (input.text() !== snapshotName) throw SnapshotReader.mismatch();
    for (const relation of Object.values(this.#relations)) relation.load(input);
    this.#alerter.load(input);
    input.end();
  }

  #objects(event: AccessEvent, time: number): void {
    const resources = event.resources ?? [];
    const stated = event.count?.objects ?? 1;
    const total = Math.max(resources.length, stated > 0 && stated < mostObjects ? stated : 1);
    const seen = Math.min(resources.length, resourcesSeen);
    for (let i = 0; i < seen; i++) {
      const amount = i === seen - 1 ? total - seen + 1 : 1;
      this.#relate("object", objectOf(resources[i]!), time, amount);
    }
  }

  #relate(name: RelationName, target: string, time: number, amount: number): void {
    if (target === "") return;
    const relation = this.#relations[name];
    hashText(target, this.#seed, this.#target);
    const score = relation.observe(this.#source, this.#target, time, amount);
    if (score <= this.#best) return;
    this.#best = score;
    this.#about = name;
    this.#findings = relation.findings();
    this.#incident.high = this.#target.high;
    this.#incident.low = this.#target.low;
  }
}

/** The user, else the application, else the AE title, else the address. */
export function actorOf({ actor, src_endpoint }: AccessEvent): string {
  return (
    actor.user?.name ?? actor.app ?? src_endpoint.ae_title ?? src_endpoint.ip ?? src_endpoint.hostname ?? "unknown"
  );
}

/** People work on patients; where none is named, on the study, and so on down. */
function objectOf({ patient_id, study_uid, series_uid, sop_instance_uid }: Resource): string {
  return patient_id ?? study_uid ?? series_uid ?? sop_instance_uid ?? "";
}

/** What the access itself says comes before what its count suggests. */
function techniqueOf(event: AccessEvent, findings: readonly Finding[]): string {
  const suggested = technique(findings);
  if (suggested === "T1078") return suggested;
  if (event.activity === "delete") return "T1485"; // Data Destruction
  if (event.activity === "update") return "T1486"; // Data Encrypted for Impact
  if (event.activity === "read" || event.activity === "export") return "T1530"; // Data from Cloud Storage
  if (event.activity === "query") return "T1083"; // File and Directory Discovery
  if (event.activity === "login") return "T1110";
  return suggested;
}
