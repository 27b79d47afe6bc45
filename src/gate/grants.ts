/** Rights for a while: vendors' sessions, emergency access for care, and approvals by a second person. */
import { type Activity, type Clock, HoldfastError } from "../core/index.ts";
import { AddressSet, isAmong } from "./addresses.ts";
import { anybody, mayBeOne } from "./persons.ts";
import type { Principal } from "./principal.ts";
import type { Change, Registry } from "./registry.ts";
import type { RandomBytes } from "./secrets/password.ts";
import type { Tenants } from "./tenants.ts";

const hour = 3_600_000;

export interface VendorSession {
  id: string;
  vendor: string;
  /** Principal ids that may use it: `user:…`, `key:…`, `peer:…`. */
  principals: string[];
  reason: string;
  /** Addresses and ranges (`192.0.2.0/24`) that it is used from. */
  hosts: string[];
  tenants: string[];
  /** What the work consists of, as announced: expected of the session's principals while it is open. */
  activities?: Activity[];
  openedBy: string;
  since: number;
  until: number;
  closedAt?: number;
}

export interface BreakGlass {
  id: string;
  principal: string;
  tenant: string;
  reason: string;
  since: number;
  until: number;
  /** Absent: it waits for review. */
  review?: { by: string; at: number; justified: boolean; comment: string };
}

export interface Approval {
  id: string;
  /** What is to be done, e.g. `peers remove LINAC1`. */
  what: string;
  /** The clinic it is about. */
  tenant: string;
  askedBy: string;
  /** Principals that may be the person who asked; absent: not noted. */
  persons?: string[];
  askedAt: number;
  until: number;
  approvedBy?: string;
}

const longest = { vendor: 7 * 24 * hour, breakGlass: 4 * hour, approval: 24 * hour };

export class Grants {
  readonly vendorSessions: Registry<VendorSession>;
  readonly breakGlass: Registry<BreakGlass>;
  readonly approvals: Registry<Approval>;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #tenants: Tenants;
  readonly #behind: (principal: Principal) => string[];
  readonly #glasses: Latest<BreakGlass>;
  readonly #sessions: Latest<VendorSession>;

  constructor(
    registries: {
      vendorSessions: Registry<VendorSession>;
      breakGlass: Registry<BreakGlass>;
      approvals: Registry<Approval>;
    },
    clock: Clock,
    random: RandomBytes,
    behind: (principal: Principal) => string[],
    tenants: Tenants,
  ) {
    this.#tenants = tenants;
    this.#behind = behind;
    this.vendorSessions = registries.vendorSessions;
    this.breakGlass = registries.breakGlass;
    this.approvals = registries.approvals;
    this.#clock = clock;
    this.#random = random;
    this.#glasses = new Latest(this.breakGlass, ({ principal }) => [principal]);
    this.#sessions = new Latest(this.vendorSessions, ({ principals }) => principals);
  }

  /** The principal with what is granted to it now. */
  applied({ vendorSession: _, breakGlass: __, ...principal }: Principal, tenant?: string): Principal {
    const now = this.#clock();
    const [glass] = this.#glasses.of(principal.id, now);
    const withGlass = glass ? { ...principal, breakGlass: { id: glass.id, until: glass.until } } : principal;
    if (principal.vendor === undefined) return withGlass;
    const open = this.#sessionOf(principal, tenant, now);
    if (!open) return withGlass;
    const { id, until, hosts, tenants } = open;
    const acting = principal.kind === "device" ? principal.tenant : (tenant ?? tenants[0]!);
    return { ...withGlass, tenant: acting, vendorSession: { id, until, hosts, tenants } };
  }

  /** Of several that are open rather one for the address it comes from. */
  #sessionOf({ id, vendor, address }: Principal, tenant: string | undefined, now: number): VendorSession | undefined {
    const open = this.#sessions
      .of(id, now)
      .filter((one) => one.vendor === vendor && !one.closedAt)
      .filter((one) => tenant === undefined || one.tenants.includes(tenant));
    return open.find((one) => address !== undefined && isAmong(address, one.hosts)) ?? open[0];
  }

  async openVendorSession(
    asked: Pick<VendorSession, "vendor" | "principals" | "reason" | "hosts" | "tenants" | "until" | "activities">,
    change: Change,
  ): Promise<VendorSession> {
    const now = this.#clock();
    new AddressSet(asked.hosts);
    limited(asked.until - now, longest.vendor, "A vendor's session lasts at most 7 days.");
    stated(asked.reason);
    if ([asked.principals, asked.hosts, asked.tenants].some((list) => list.length === 0))
      throw new HoldfastError("request/invalid", "Name the principals, the hosts and the tenants.");
    this.#tenants.assertOpen(...asked.tenants);
    const session = { ...asked, id: this.#newId(), openedBy: change.by.id, since: now };
    await this.vendorSessions.put(session.id, session, change);
    return session;
  }

  async closeVendorSession(id: string, change: Change): Promise<void> {
    await this.vendorSessions.put(id, { ...this.vendorSessions.need(id), closedAt: this.#clock() }, change);
  }

  /** Granted at once; somebody else reviews it afterwards. */
  async takeBreakGlass(reason: string, minutes: number, change: Change): Promise<BreakGlass> {
    const [now, { id, tenant }] = [this.#clock(), change.by];
    stated(reason);
    limited(minutes * 60_000, longest.breakGlass, "Emergency access lasts at most four hours.");
    const until = now + minutes * 60_000;
    // Taken again before somebody has reviewed it, it is the same one: a row of them does not drown the inbox.
    const [, standing] =
      this.breakGlass
        .all()
        .find(([, one]) => one.principal === id && !one.review && one.since + longest.breakGlass > now) ?? [];
    const glass: BreakGlass = standing
      ? {
          ...standing,
          reason: standing.reason.includes(reason) ? standing.reason : `${standing.reason}; ${reason}`.slice(0, 1000),
          until: Math.min(Math.max(standing.until, until), standing.since + longest.breakGlass),
        }
      : { id: this.#newId(), principal: id, tenant, reason, since: now, until };
    await this.breakGlass.put(glass.id, glass, change);
    return glass;
  }

  async reviewBreakGlass(id: string, justified: boolean, comment: string, change: Change): Promise<void> {
    const glass = this.breakGlass.need(id);
    const taker = this.#behind({ ...change.by, id: glass.principal });
    if (glass.principal === change.by.id || mayBeOne(taker, this.#behind(change.by)))
      throw new HoldfastError("gate/second-person", "Nobody reviews their own emergency access.");
    const review = { by: change.by.id, at: this.#clock(), justified, comment };
    await this.breakGlass.put(id, { ...glass, review }, change);
  }

  /**
   * Passes when a second person has approved exactly this for this principal, and uses the approval up; else asks.
   * `tenant`: the clinic it is about.
   * @throws HoldfastError gate/second-person naming the request
   */
  async secondPerson(what: string, change: Change, tenant = change.by.tenant): Promise<void> {
    if (change.by.method === "local") return; // who holds folder and keys, or before anybody is known
    await this.approvals.exclusive(async () => {
      const now = this.#clock();
      const mine = this.approvals
        .all()
        .map(([, one]) => one)
        .filter((one) => one.what === what && one.askedBy === change.by.id && one.until > now);
      const approved = mine.find((one) => one.approvedBy !== undefined);
      if (approved) return this.approvals.remove(approved.id, change);
      const { id } = mine[0] ?? (await this.#ask(what, tenant, change));
      throw new HoldfastError("gate/second-person", `Request ${id} waits for another person; then do it again.`);
    });
  }

  async #ask(what: string, tenant: string, change: Change): Promise<Approval> {
    const [now, id] = [this.#clock(), this.#newId()];
    const persons = this.#behind(change.by);
    const until = now + longest.approval;
    const request = { id, what, tenant, askedBy: change.by.id, persons, askedAt: now, until };
    await this.approvals.put(id, request, { ...change, operation: "approvals ask" });
    return request;
  }

  /** @throws HoldfastError request/not-found, gate/second-person when it may be the same person again */
  async approve(id: string, change: Change): Promise<void> {
    await this.approvals.exclusive(async () => {
      const request = this.approvals.need(id);
      if (request.until <= this.#clock()) throw new HoldfastError("request/not-found");
      if (change.by.kind !== "person")
        throw new HoldfastError("gate/second-person", "Only a person logged in may approve.");
      const askers = [...(request.persons ?? [anybody]), ...this.#behind({ ...change.by, id: request.askedBy })];
      if (mayBeOne(askers, this.#behind(change.by)))
        throw new HoldfastError(
          "gate/second-person",
          "Another person than the one who asked must approve: neither may have made the other's login or key.",
        );
      await this.approvals.put(id, { ...request, approvedBy: change.by.id }, change);
    });
  }

  #newId(): string {
    return this.#random(9).toString("hex");
  }
}

/** What has not ended, by whom it is for: looked up at every operation, while the registry remembers all there ever was. */
class Latest<T extends { until: number }> {
  readonly #registry: Registry<T>;
  readonly #whose: (value: T) => string[];
  readonly #keys = new Map<string, Set<string>>();

  constructor(registry: Registry<T>, whose: (value: T) => string[]) {
    this.#registry = registry;
    this.#whose = whose;
    registry.onChange((key) => this.#note(key));
    for (const [key] of registry.all()) this.#note(key);
  }

  of(id: string, now: number): T[] {
    const keys = this.#keys.get(id);
    if (!keys) return [];
    const values: T[] = [];
    for (const key of keys) {
      const value = this.#registry.get(key);
      if (value && value.until > now) values.push(value);
      else keys.delete(key);
    }
    if (keys.size === 0) this.#keys.delete(id);
    return values;
  }

  #note(key: string): void {
    const value = this.#registry.get(key);
    for (const id of value ? this.#whose(value) : []) {
      const keys = this.#keys.get(id) ?? new Set<string>();
      this.#keys.set(id, keys.add(key));
    }
  }
}

function limited(time: number, most: number, what: string): void {
  if (!(time > 0 && time <= most)) throw new HoldfastError("request/invalid", what);
}

function stated(reason: string): void {
  if (reason.trim().length < 8 || reason.length > 1000)
    throw new HoldfastError("request/invalid", "Give the reason, in 8 to 1000 characters.");
}
