/**
 * The engine over access events. Every tenant has an engine of its own (TenantEngine): the stream may be partitioned by
 * tenant over processes, and each gives the assessments that one engine over all would have given.
 */
import type { AccessEvent } from "../core/index.ts";
import { type AlertOptions, defaultAlertOptions } from "./alerting/alerter.ts";
import type { DetectorLimits } from "./detectors/detector.ts";
import { detectorNames } from "./detectors/registry.ts";
import type { EventAlert, Finding } from "./events/alert.ts";
import type { Verdict } from "./events/feedback.ts";
import type { PlannedWork } from "./events/plans.ts";
import { riskOf, TenantEngine } from "./events/tenant-engine.ts";
import { SnapshotReader, SnapshotWriter } from "./stats/snapshot.ts";

export { actorOf } from "./events/observer.ts";

export interface EventEngineOptions {
  /** Of each tenant. */
  limits: DetectorLimits;
  /** The budget is each tenant's. */
  alerts: AlertOptions;
  /** Of the hashes of names. */
  seed: number;
  /** Names of detectors to leave out. */
  disabled: readonly string[];
  /** SHA-256 (hex) of patient ids and UIDs that nobody has a reason to touch. */
  canaries?: readonly string[];
}

export interface Assessment {
  /** Nats, ≥ 0, higher is more anomalous. */
  score: number;
  /** Of the entities it speaks against, with what they did before: 0 to 1, ½ where alerts begin. */
  risk: number;
  /** Of the principal alone, which need not be whom the event speaks against most. */
  ownRisk: number;
  /** What the principal has done is strict enough to contain it without asking: see {@link EventAlert.automatic}. */
  automatic: boolean;
  /** Who acted: the most specific name the event gives. */
  actor: string;
  /** Present at alert level: in plain words, without patient data. */
  reasons: string[];
  technique?: string;
  /** What the detectors found at this event, strongest first: raw, not for people. */
  findings: Finding[];
  /** Present when this event raises an alert. */
  alarm?: EventAlert;
}

export const defaultEventLimits: DetectorLimits = { entities: 32_768, objects: 131_072 };
/** Tenants with an engine of their own; later ones share one. */
const mostTenants = 256;
/** What all together may hold; beyond it the tenant with the fewest events is forgotten. Looked at every so many events. */
const mostBytes = 224 * 2 ** 20;
const lookEvery = 1_024;
const snapshotName = "holdfast-events-10";

export class EventEngine {
  readonly #options: Required<EventEngineOptions>;
  readonly #tenants = new Map<string, TenantEngine>();
  #events = 0;
  /** Bytes, as of the last look and of new tenants since. */
  #held = 0;

  constructor(options: Partial<EventEngineOptions> = {}) {
    const {
      limits = defaultEventLimits,
      alerts = defaultAlertOptions,
      seed = 1,
      disabled = [],
      canaries = [],
    } = options;
    const wrong = disabled.find((name) => !detectorNames.includes(name));
    if (wrong !== undefined) throw new RangeError(`no detector ${wrong}; there are ${detectorNames.join(", ")}`);
    this.#options = { limits, alerts, seed, disabled, canaries };
  }

  /** @param index the event's place in the stream, for the alarm's list of events */
  assess(event: AccessEvent, index: number): Assessment {
    if (++this.#events % lookEvery === 0) this.#bound(event.tenant ?? "");
    const { score, actor, findings, excess, own, automatic, alert } = this.#tenant(event.tenant ?? "").assess(
      event,
      index,
    );
    // The budget rations alerts. What no ordinary work does is told each time: somebody else may be doing it now.
    const told = excess >= 1 || alert || findings.some(({ invariant }) => invariant) ? findings : [];
    return {
      score,
      risk: riskOf(excess),
      ownRisk: riskOf(own),
      automatic,
      actor,
      findings,
      reasons: alert ? alert.reasons.map(({ text }) => text) : told.slice(0, 3).map(({ reason }) => reason.text),
      ...(alert ? { technique: alert.technique, alarm: alert } : {}),
    };
  }

  /** Planned work of a tenant; the same id replaces. */
  announce(tenant: string, plan: PlannedWork): void {
    this.#tenant(tenant).plans.announce(plan);
  }

  withdraw(tenant: string, id: string): boolean {
    return this.#tenant(tenant).plans.withdraw(id);
  }

  planned(tenant: string): readonly PlannedWork[] {
    return this.#tenant(tenant).plans.all;
  }

  /** What a person said about an alert; the same id replaces. */
  judge(tenant: string, verdict: Verdict): void {
    this.#tenant(tenant).judge(verdict);
  }

  /** Takes a verdict back. */
  undo(tenant: string, id: string): boolean {
    return this.#tenant(tenant).undo(id);
  }

  verdicts(tenant: string): readonly Verdict[] {
    return this.#tenant(tenant).feedback.all;
  }

  get bytes(): number {
    return [...this.#tenants.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  snapshot(): Uint8Array {
    const out = new SnapshotWriter();
    out.text(snapshotName);
    out.numbers([this.#tenants.size, this.#events, this.#held]);
    for (const [name, tenant] of this.#tenants) {
      out.text(name);
      tenant.save(out);
    }
    return out.bytes();
  }

  /** Continues from a snapshot of an engine with the same options. @throws HoldfastError storage/format */
  restore(snapshot: Uint8Array): void {
    const input = new SnapshotReader(snapshot);
    if (input.text() !== snapshotName) throw SnapshotReader.mismatch();
    this.#tenants.clear();
    const [size, events, held] = input.numbers(3);
    this.#events = events;
    this.#held = 0;
    for (let i = 0; i < size; i++) {
      const name = input.text();
      this.#tenant(name).load(input);
    }
    this.#held = held;
    input.end();
  }

  #bound(current: string): void {
    let total = this.bytes;
    this.#held = total;
    while (total > mostBytes && this.#tenants.size > 1) {
      const others = [...this.#tenants].filter(([name]) => name !== current);
      const [name, least] = others.reduce((fewest, other) => (other[1].events < fewest[1].events ? other : fewest));
      total -= least.bytes;
      this.#tenants.delete(name);
    }
  }

  #tenant(asked: string): TenantEngine {
    const hasRoom = this.#tenants.size < mostTenants && this.#held < mostBytes;
    const name = this.#tenants.has(asked) || hasRoom ? asked : "*";
    let tenant = this.#tenants.get(name);
    if (!tenant) {
      tenant = new TenantEngine(this.#options);
      this.#held += tenant.bytes;
      this.#tenants.set(name, tenant);
    }
    return tenant;
  }
}
