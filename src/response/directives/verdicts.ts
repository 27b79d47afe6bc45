/**
 * What people found out about alerts, for the engine: each closure that says something about the actor becomes verdicts
 * in the journal, which the engine follows. All are listed, end by themselves, and can be taken back.
 */
import { detectorNames, type Verdict } from "../../behaviour/index.ts";
import { type Clock, HoldfastError } from "../../core/index.ts";
import { type Change, Registry, type SettingsPort, type Write } from "../../gate/index.ts";
import type { Alert, ClosureReason } from "../alerts/index.ts";
import { directiveKey, directives } from "../live/index.ts";
import { engineTenant } from "./engine-tenant.ts";

export interface VerdictRecord extends Verdict {
  /** The clinic it is about. */
  tenant: string;
  /** The alert at whose closure it was given. */
  alert: string;
  /** Principal id. */
  by: string;
  /** ms since 1970. */
  at: number;
}

interface Meaning {
  verdict: Verdict["verdict"];
  /** How long it counts, unless stated. */
  days: number;
}

/** Closures that say nothing about what the actor will do next are not here. */
const meanings: Partial<Record<ClosureReason, Meaning>> = {
  "true positive": { verdict: "malicious", days: 30 },
  benign: { verdict: "benign", days: 90 },
  "planned work": { verdict: "benign", days: 7 },
};

const day = 86_400_000;
/** Days that a verdict counts at most: nobody is trusted for good. */
export const longestVerdict = 365;
/** Of a clinic; beyond, the oldest is taken back. The engine keeps no more. */
const most = 1_000;

export class Verdicts {
  readonly #registry: Registry<VerdictRecord>;
  readonly #clock: Clock;

  private constructor(registry: Registry<VerdictRecord>, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  static async open(store: SettingsPort, clock: Clock): Promise<Verdicts> {
    return new Verdicts(await Registry.open(directives.verdicts, store, clock), clock);
  }

  /** Latest first. */
  all(): VerdictRecord[] {
    return this.#registry
      .all()
      .map(([, record]) => record)
      .sort((one, other) => other.at - one.at);
  }

  get(id: string): VerdictRecord | undefined {
    return this.all().find((record) => record.id === id);
  }

  /**
   * What the closure of an alert tells the engine; to be written with it.
   * @param days how long it counts, in the place of what is usual for the reason
   * @throws HoldfastError request/invalid when the reason tells the engine nothing and `days` is given
   */
  ofClosure(alert: Omit<Alert, "seq">, days?: number): Write[] {
    const { closure, evidence, actors = [], subject, id } = alert;
    const meaning = closure && meanings[closure.reason];
    if (!meaning && days !== undefined)
      throw new HoldfastError("request/invalid", "days: a closure for this reason tells the engine nothing.");
    const detectors = evidence.filter((name) => detectorNames.includes(name));
    if (!meaning || detectors.length === 0) return [];
    const { tenant } = subject;
    const facts = {
      verdict: meaning.verdict,
      detectors,
      reason: closure.reason,
      expires: (closure.at + (days ?? meaning.days) * day) / 1000,
      tenant,
      alert: id,
      by: closure.by,
      at: closure.at,
    };
    const given = actors.map((actor, i): VerdictRecord => ({ ...facts, id: i === 0 ? id : `${id}.${i}`, actor }));
    return [...this.#room(tenant, given.length), ...given.map((record) => this.#write(record, record))];
  }

  /** @throws HoldfastError request/not-found */
  async undo(id: string, change: Change): Promise<void> {
    const record = this.get(id);
    if (!record) throw new HoldfastError("request/not-found");
    await this.#registry.remove(keyOf(record), change);
  }

  /** Takes back what no longer counts. */
  async sweep(change: Change): Promise<void> {
    const now = this.#clock() / 1000;
    for (const record of this.all()) if (record.expires <= now) await this.#registry.remove(keyOf(record), change);
  }

  #room(tenant: string, asked: number): Write[] {
    const own = this.all().filter((record) => record.tenant === tenant);
    return own.slice(Math.max(0, most - asked)).map((record) => this.#write(record, null));
  }

  #write(record: VerdictRecord, value: VerdictRecord | null): Write {
    return this.#registry.prepared(keyOf(record), value);
  }
}

const keyOf = ({ tenant, id }: VerdictRecord): string => directiveKey(engineTenant(tenant), id);
