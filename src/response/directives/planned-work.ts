/**
 * Work that is announced beforehand: who, from where, doing what, from when until when. The engine follows it through
 * the journal and counts what it covers for little, and nothing else.
 */
import type { PlannedWork } from "../../behaviour/index.ts";
import { type Activity, type Clock, HoldfastError } from "../../core/index.ts";
import { AddressSet, type Change, Registry, type SettingsPort } from "../../gate/index.ts";
import { directiveKey, directives } from "../live/index.ts";
import { engineTenant } from "./engine-tenant.ts";

export interface PlannedWorkRecord extends PlannedWork {
  tenant: string;
  /** Principal id of who announced it, and when, ms since 1970. */
  by: string;
  at: number;
  /** The vendor's session that it is the work of. */
  vendorSession?: string;
}

export interface Announcement {
  id?: string;
  tenant: string;
  /** `user:…`, `key:…`, `peer:AE-TITLE`, an application, or a role. */
  names: readonly string[];
  /** Addresses or ranges. */
  hosts: readonly string[];
  activities: readonly Activity[];
  /** ms since 1970. */
  from: number;
  until: number;
  reason: string;
  vendorSession?: string;
}

const longest = 31 * 86_400_000;
/** Announced or going on at once in a clinic; the engine keeps no more. */
const most = 1_000;

export class PlannedWorks {
  readonly #registry: Registry<PlannedWorkRecord>;
  readonly #clock: Clock;
  readonly #newId: () => string;

  private constructor(registry: Registry<PlannedWorkRecord>, clock: Clock, newId: () => string) {
    this.#registry = registry;
    this.#clock = clock;
    this.#newId = newId;
  }

  static async open(store: SettingsPort, clock: Clock, newId: () => string): Promise<PlannedWorks> {
    return new PlannedWorks(await Registry.open(directives.planned, store, clock), clock, newId);
  }

  /** Going on or to come, the next first. */
  all(): PlannedWorkRecord[] {
    const records = this.#registry.all().map(([, record]) => record);
    return records.sort((one, other) => one.from - other.from);
  }

  get(id: string): PlannedWorkRecord | undefined {
    return this.all().find((record) => record.id === id);
  }

  /** @throws HoldfastError request/invalid, request/too-large */
  async announce(announced: Announcement, change: Change): Promise<PlannedWorkRecord> {
    const { tenant, names, hosts, activities, from, until, reason, vendorSession } = announced;
    const now = this.#clock();
    if (!(until > from && until > now && until - from <= longest))
      throw new HoldfastError("request/invalid", "Planned work ends after it begins, after now, within 31 days.");
    if ([names, hosts, activities].some((list) => list.length === 0))
      throw new HoldfastError("request/invalid", "Name who works, from which hosts, and the activities.");
    new AddressSet([...hosts]);
    if (this.all().filter((record) => record.tenant === tenant).length >= most)
      throw new HoldfastError("request/too-large", `${most} works are planned.`);
    const record: PlannedWorkRecord = {
      id: announced.id ?? this.#newId(),
      from: from / 1000,
      to: until / 1000,
      names: names.map(engineName),
      hosts,
      activities,
      reason,
      tenant,
      by: change.by.id,
      at: now,
      ...(vendorSession === undefined ? {} : { vendorSession }),
    };
    await this.#registry.put(keyOf(record), record, change);
    return record;
  }

  /** @throws HoldfastError request/not-found; request/conflict: it ends with the vendor's session */
  async end(id: string, change: Change): Promise<void> {
    const record = this.get(id);
    if (!record) throw new HoldfastError("request/not-found");
    if (record.vendorSession !== undefined)
      throw new HoldfastError("request/conflict", `It ends with the vendor's session ${record.vendorSession}.`);
    await this.#registry.remove(keyOf(record), change);
  }

  /** Ends what was announced with a vendor's session. */
  async endSession(session: string, change: Change): Promise<void> {
    for (const record of this.all())
      if (record.vendorSession === session) await this.#registry.remove(keyOf(record), change);
  }

  /** Forgets what is over. */
  async sweep(change: Change): Promise<void> {
    const now = this.#clock() / 1000;
    for (const record of this.all()) if (record.to <= now) await this.#registry.remove(keyOf(record), change);
  }
}

const keyOf = ({ tenant, id }: PlannedWorkRecord): string => directiveKey(engineTenant(tenant), id);

/** Devices are known to the engine by their AE title. */
const engineName = (name: string): string => (name.startsWith("peer:") ? name.slice(5) : name);
