/** The engine over one relation: an edge in, its score and perhaps an alarm out. */
import { type Alarm, Alerter, type AlertOptions, defaultAlertOptions } from "./alerting/alerter.ts";
import type { Finding } from "./relation/finding.ts";
import { defaultLimits, Relation, type RelationLimits } from "./relation/relation.ts";
import type { Hash64 } from "./stats/hash.ts";
import { SnapshotReader, SnapshotWriter } from "./stats/snapshot.ts";

export interface EdgeEngineOptions {
  limits: RelationLimits;
  alerts: AlertOptions;
}

const snapshotName = "holdfast-edges-4";

export class EdgeEngine {
  readonly #relation: Relation;
  readonly #alerter: Alerter;
  /** The alarm that the last edge raised. */
  alarm: Alarm | undefined;

  constructor(options: Partial<EdgeEngineOptions> = {}) {
    this.#relation = new Relation(options.limits ?? defaultLimits);
    this.#alerter = new Alerter(options.alerts ?? defaultAlertOptions);
  }

  /**
   * @param time seconds
   * @param index the event's place in the stream, for the alarm's list of events
   * @returns nats, ≥ 0, higher is more anomalous
   */
  observe(source: Hash64, target: Hash64, time: number, index: number): number {
    const relation = this.#relation;
    const score = relation.observe(source, target, time);
    const stranger = relation.targetIsStranger;
    this.alarm = this.#alerter.observe(stranger ? target : source, stranger ? source : target, time, score, index);
    return score;
  }

  /** Whether the last edge was at alert level, newly alerted or part of a known incident. */
  get alarming(): boolean {
    return this.#alerter.alarming;
  }

  /** The party that the last edge speaks against: the less familiar one. */
  get suspect(): "source" | "target" {
    return this.#relation.targetIsStranger ? "target" : "source";
  }

  /** Evidence of a burst at the last edge, nats. */
  get evidence(): number {
    return this.#relation.evidence;
  }

  /** Why the last edge scored as it did, strongest first. */
  findings(): Finding[] {
    return this.#relation.findings();
  }

  get bytes(): number {
    return this.#relation.bytes + this.#alerter.bytes;
  }

  snapshot(): Uint8Array {
    const out = new SnapshotWriter();
    out.text(snapshotName);
    this.#relation.save(out);
    this.#alerter.save(out);
    return out.bytes();
  }

  /** Continues from a snapshot of an engine with the same options. @throws HoldfastError storage/format */
  restore(snapshot: Uint8Array): void {
    const input = new SnapshotReader(snapshot);
    if (input.text() !== snapshotName) throw SnapshotReader.mismatch();
    this.#relation.load(input);
    this.#alerter.load(input);
    input.end();
  }
}
