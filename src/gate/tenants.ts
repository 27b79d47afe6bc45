/** The clinics of an archive. What belongs to one names it; a closed one keeps its objects, and nobody acts in it. */
import { type Clock, HoldfastError } from "../core/index.ts";
import { defaultTenant, tenantPattern } from "./principal.ts";
import type { Change, Registry } from "./registry.ts";

export interface TenantRecord {
  /** What names it everywhere; never changes. */
  name: string;
  /** For people; may change. */
  display?: string;
  /** ms since 1970. */
  createdAt?: number;
  closedAt?: number;
  reason?: string;
}

const mostTenants = 10_000;

export class Tenants {
  readonly #registry: Registry<TenantRecord>;
  readonly #clock: Clock;
  /** Named by the configuration, or by records from before there was a registry. */
  readonly #implied: ReadonlySet<string>;

  constructor(registry: Registry<TenantRecord>, clock: Clock, implied: Iterable<string> = []) {
    this.#registry = registry;
    this.#clock = clock;
    this.#implied = new Set([defaultTenant, ...implied]);
  }

  all(): TenantRecord[] {
    const names = new Set([...this.#implied, ...this.#registry.all().map(([name]) => name)]);
    return [...names].sort().map((name) => this.#registry.get(name) ?? { name });
  }

  /** Undefined when there is none of that name. */
  get(name: string): TenantRecord | undefined {
    return this.#registry.get(name) ?? (this.#implied.has(name) ? { name } : undefined);
  }

  isClosed(name: string): boolean {
    return this.#registry.get(name)?.closedAt !== undefined;
  }

  /** For whatever is to belong to it. @throws HoldfastError gate/unknown-tenant, gate/tenant-closed */
  assertOpen(...names: string[]): void {
    for (const name of names) {
      if (!this.get(name)) throw new HoldfastError("gate/unknown-tenant", "Add it first: holdfast tenants add.");
      if (this.isClosed(name)) throw new HoldfastError("gate/tenant-closed");
    }
  }

  /** Adds it, or changes what people read. @throws HoldfastError request/invalid, request/too-large */
  async put(name: string, display: string | undefined, change: Change): Promise<TenantRecord> {
    if (!tenantPattern.test(name))
      throw new HoldfastError("request/invalid", "A tenant has lower case letters, digits and hyphens, at most 63.");
    return this.#registry.exclusive(async () => {
      const { display: _, ...known } = this.get(name) ?? { name, createdAt: this.#clock() };
      if (this.#registry.size >= mostTenants && !this.#registry.get(name))
        throw new HoldfastError("request/too-large", `There are ${mostTenants} tenants.`);
      const record = { ...known, ...(display === undefined ? {} : { display: display.slice(0, 128) }) };
      await this.#registry.put(name, record, change);
      return record;
    });
  }

  /** @throws HoldfastError request/conflict when it is closed, or the one that those who run the archive act in */
  assertCloseable(name: string): void {
    if (name === defaultTenant)
      throw new HoldfastError("request/conflict", `The tenant ${defaultTenant} cannot be closed.`);
    if (this.isClosed(name)) throw new HoldfastError("request/conflict", "It is closed already.");
  }

  /** @throws HoldfastError request/not-found, request/conflict */
  close(name: string, reason: string, change: Change): Promise<TenantRecord> {
    return this.#alter(name, change, (record) => {
      this.assertCloseable(name);
      return { ...record, closedAt: this.#clock(), reason };
    });
  }

  /** @throws HoldfastError request/not-found, request/conflict when it is open */
  reopen(name: string, change: Change): Promise<TenantRecord> {
    return this.#alter(name, change, ({ closedAt, reason: _, ...record }) => {
      if (closedAt === undefined) throw new HoldfastError("request/conflict", "It is open.");
      return record;
    });
  }

  #alter(name: string, change: Change, make: (record: TenantRecord) => TenantRecord): Promise<TenantRecord> {
    return this.#registry.exclusive(async () => {
      const known = this.get(name);
      if (!known) throw new HoldfastError("request/not-found");
      const record = make(known);
      await this.#registry.put(name, record, change);
      return record;
    });
  }
}
