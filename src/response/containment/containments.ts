/**
 * Containments from beginning to end. A new one counts at the gate before this returns, and is journaled behind that;
 * a release counts once it is journaled. After a restart the gate has what the journal says still stands.
 */
import { type Clock, HoldfastError, rfc3339 } from "../../core/index.ts";
import {
  type Change,
  type Containment,
  type ContainmentAction,
  type ContainmentState,
  isActive,
  type SettingsPort,
} from "../../gate/index.ts";
import { Ledger, type Sequence } from "../ledger.ts";
import { type Affected, type Circumstances, reached, safeguard } from "../safeguards/index.ts";
import type { ContainmentRecord, Order } from "./record.ts";

export interface ContainmentOptions {
  state: ContainmentState;
  store: SettingsPort;
  clock: Clock;
  newId(): string;
  sequence: Sequence;
  /** Without `blocked`, which is known here. */
  circumstances(): Omit<Circumstances, "blocked">;
  /** Passes when a second person agreed to exactly this. @throws HoldfastError gate/second-person */
  secondPerson(what: string, change: Change, tenant?: string): Promise<void>;
  contact(): string;
}

/** Keep a principal from working as a path to a linac. */
const blocking: ReadonlySet<ContainmentAction> = new Set([
  "refuse",
  "cut-vendor-link",
  "reauthenticate",
  "read-only",
  "rate-limit",
]);
/** Ended ones are listed for so long, ms. */
const kept = 30 * 86_400_000;
const mostActive = 10_000;
/** Principals of one vendor, clinic or address that are contained each by itself. */
const mostSingled = 200;

interface Applied {
  record: ContainmentRecord;
  durable: Promise<void>;
}

export class Containments {
  readonly #ledger: Ledger<ContainmentRecord>;
  readonly #options: ContainmentOptions;

  private constructor(ledger: Ledger<ContainmentRecord>, options: ContainmentOptions) {
    this.#ledger = ledger;
    this.#options = options;
    options.state.replace(this.active());
  }

  static async open(options: ContainmentOptions): Promise<Containments> {
    const { store, clock, sequence } = options;
    return new Containments(await Ledger.open("containments", store, clock, sequence), options);
  }

  get(id: string): ContainmentRecord | undefined {
    return this.#ledger.get(id);
  }

  all(): ContainmentRecord[] {
    return this.#ledger.all();
  }

  active(): ContainmentRecord[] {
    const now = this.#options.clock();
    return this.all().filter((record) => record.state === "active" && isActive(record, now));
  }

  subscribe(listener: (record: ContainmentRecord) => void): () => void {
    return this.#ledger.subscribe(listener);
  }

  /**
   * It counts at the gate when this returns, as far as the safeguards let it. Where they make it milder for a whole vendor,
   * clinic or address, those of its principals on whom no care depends are contained as asked, each by itself: nobody hides
   * behind a linac of the same vendor.
   * @param subject whom it is about, when the registries may not know it
   * @throws HoldfastError request/too-large when there are too many
   */
  apply(order: Order, change: Change, by: string, subject?: Affected): Applied {
    const circumstances = this.#circumstances(subject);
    const whole = this.#put(order, change, by, circumstances);
    const { kind, id } = order.target;
    if (kind === "principal" || !whole.record.because) return whole;
    const durable = [whole.durable];
    for (const each of reached(kind, id, circumstances.principals).slice(0, mostSingled)) {
      const own = { ...order, target: { kind: "principal", id: each.id } as const };
      const now = this.#circumstances(subject);
      if (safeguard(own, now).because.length === 0) durable.push(this.#put(own, change, by, now).durable);
    }
    return { ...whole, durable: Promise.all(durable).then(() => {}) };
  }

  #put(order: Order, change: Change, by: string, circumstances: Circumstances): Applied {
    const { state, clock, newId, contact } = this.#options;
    if (state.size >= mostActive) throw new HoldfastError("request/too-large", `${mostActive} containments stand.`);
    const { measure, because } = safeguard(order, circumstances);
    const { minutes, alert, incident, perMinute, target, reason, assessed } = order;
    const tenant = order.tenant ?? tenantOf(target, circumstances.principals);
    const since = clock();
    const containment: Containment = {
      id: newId(),
      target,
      action: measure.action,
      since,
      reason,
      contact: order.contact ?? contact(),
      ...(minutes === undefined ? {} : { until: since + minutes * 60_000 }),
      ...(incident === undefined ? {} : { incident }),
      ...(perMinute === undefined || measure.action !== "rate-limit" ? {} : { perMinute }),
    };
    state.apply(containment);
    return this.#ledger.put(
      {
        ...containment,
        state: "active",
        by,
        ...(alert === undefined ? {} : { alert }),
        ...(tenant === undefined ? {} : { tenant }),
        ...(assessed === undefined ? {} : { assessed }),
        ...(because.length === 0 ? {} : { asked: order.action, because }),
        ...(isCritical(target, circumstances.principals) ? { critical: true } : {}),
      },
      change,
    );
  }

  /** @throws HoldfastError request/not-found, request/conflict (has ended), gate/second-person */
  async release(id: string, reason: string, change: Change): Promise<ContainmentRecord> {
    const record = this.#ledger.get(id);
    if (!record) throw new HoldfastError("request/not-found");
    const now = this.#options.clock();
    if (record.state !== "active" || !isActive(record, now))
      throw new HoldfastError("request/conflict", "This containment has ended already.");
    // Critical when it was contained, or by now.
    if (record.critical || isCritical(record.target, this.#options.circumstances().principals))
      await this.#options.secondPerson(`release ${id}`, change, record.tenant);
    const released = await this.#ledger.settle(
      { ...record, state: "released", ended: { at: now, by: change.by.id, reason } },
      change,
    );
    this.#options.state.release(id);
    return released;
  }

  /** Notes what has ended by itself, and forgets what ended long ago. */
  async sweep(change: Change): Promise<void> {
    const now = this.#options.clock();
    this.#options.state.expire(now);
    for (const record of this.all()) {
      if (record.state === "active" && !isActive(record, now))
        await this.#ledger.settle(
          { ...record, state: "expired", ended: { at: record.until!, by: record.by, reason: "its time was over" } },
          change,
        );
      else if (record.ended && record.ended.at + kept < now) await this.#ledger.remove(record.id, change);
    }
  }

  #circumstances(subject: Affected | undefined): Circumstances {
    const known = this.#options.circumstances();
    const missing = subject && !known.principals.some(({ id }) => id === subject.id);
    const principals = missing ? [...known.principals, subject] : known.principals;
    const blocked = this.active()
      .filter(({ action }) => blocking.has(action))
      .flatMap(({ target }) => reached(target.kind, target.id, principals))
      .map(({ id }) => id);
    return { ...known, principals, blocked: new Set(blocked) };
  }
}

/** The one clinic that it touches; undefined for several, and for whom nobody knows: those who run the archive see it. */
function tenantOf({ kind, id }: Containment["target"], principals: readonly Affected[]): string | undefined {
  if (kind === "tenant") return id;
  const [tenant, ...others] = new Set(reached(kind, id, principals).map((one) => one.tenant));
  return others.length === 0 ? tenant : undefined;
}

/** Care may depend on whom it stands on, or it stands on many. */
function isCritical(target: Containment["target"], principals: readonly Affected[]): boolean {
  if (target.kind === "vendor" || target.kind === "tenant") return true;
  return reached(target.kind, target.id, principals).some(
    ({ critical, roles }) => critical === true || roles.includes("linac"),
  );
}

/** For the person affected. */
export function explanation({ action, since, until, contact }: Containment): string {
  const ends = until === undefined ? "" : ` until ${rfc3339(until)}`;
  return `Your ${taken[action]} since ${rfc3339(since)}${ends}. Call ${contact}.`;
}

const taken: Record<ContainmentAction, string> = {
  watch: "access is watched closely",
  reauthenticate: "login must be renewed, asked for",
  "rate-limit": "access is slowed down",
  "read-only": "access to change anything is paused",
  "quarantine-writes": "uploads are kept safe but held back",
  refuse: "access is paused",
  "cut-vendor-link": "access is paused with all of your company's",
  "freeze-deletes": "deletions are paused with everybody's",
};
