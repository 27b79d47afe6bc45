/** What the gate knows, kept in memory and made durable in the journal before it counts. */
import { type AccessEvent, type Clock, HoldfastError, rfc3339, stranger } from "../core/index.ts";
import { defaultTenant, type Principal } from "./principal.ts";

/** Where registries live: the archive's `state` records. */
export interface SettingsPort {
  settings(collection: string): Promise<Map<string, unknown>>;
  /** Durable when it resolves, with the event beside it. */
  change(event: AccessEvent, changes: { collection: string; key: string; value: unknown }[]): Promise<void>;
  seal(secret: Uint8Array, purpose: string): string;
  unseal(sealed: string, purpose: string): Buffer;
}

/** Who changes something, over what: for the event in the journal. */
export interface Change {
  by: Principal;
  protocol: AccessEvent["protocol"];
  /** What is done, e.g. `peers add`. */
  operation: string;
  src?: AccessEvent["src_endpoint"];
}

export function adminEvent(change: Change, now: number, activity: AccessEvent["activity"] = "admin"): AccessEvent {
  const { by, protocol, operation, src } = change;
  return {
    time: rfc3339(now),
    activity,
    status: "success",
    protocol,
    operation,
    actor: actorOf(by),
    src_endpoint: src ?? (by.address === undefined ? {} : { ip: by.address }),
    ...(by.tenant === defaultTenant ? {} : { tenant: by.tenant }),
  };
}

/** The principal as access events name it. */
export function actorOf({ id, kind, name, roles, vendor, method }: Principal): AccessEvent["actor"] {
  if (method === "none") return { user: { ...stranger } };
  if (method === "local" && kind === "person") return { user: { name, type: "person" } };
  if (kind === "device" || method === "local") return vendor === undefined ? {} : { vendor };
  const type = kind === "vendor" || vendor !== undefined ? "vendor" : kind;
  const role = roles[0];
  return {
    user: { name: id.slice(0, 256), type, ...(role === undefined ? {} : { role }) },
    ...(vendor === undefined ? {} : { vendor }),
  };
}

/** A change that counts together with others, in one entry of the journal: all of them, or none. */
export interface Write {
  collection: string;
  key: string;
  /** Null removes. */
  value: unknown;
  /** To be called once it is durable. */
  done(): void;
}

/** One collection: read from memory, written through the journal. */
export class Registry<T> {
  readonly collection: string;
  readonly #port: SettingsPort;
  readonly #clock: Clock;
  readonly #values: Map<string, T>;
  readonly #listeners = new Set<(key: string) => void>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(collection: string, port: SettingsPort, clock: Clock, values: Map<string, T>) {
    this.collection = collection;
    this.#port = port;
    this.#clock = clock;
    this.#values = values;
  }

  static async open<T>(collection: string, port: SettingsPort, clock: Clock): Promise<Registry<T>> {
    return new Registry(collection, port, clock, (await port.settings(collection)) as Map<string, T>);
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  /** @throws HoldfastError request/not-found */
  need(key: string): T {
    const value = this.#values.get(key);
    if (value === undefined) throw new HoldfastError("request/not-found");
    return value;
  }

  all(): [key: string, value: T][] {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** `also`: what counts together with it. */
  async put(
    key: string,
    value: T,
    change: Change,
    activity?: AccessEvent["activity"],
    also: readonly Write[] = [],
  ): Promise<void> {
    await this.#commit([this.prepared(key, value), ...also], change, activity);
  }

  /** @throws HoldfastError request/not-found */
  async remove(key: string, change: Change): Promise<void> {
    this.need(key);
    await this.#commit([this.prepared(key, null)], change);
  }

  /** A change of this registry for an entry that has more of them. */
  prepared(key: string, value: T | null): Write {
    const done = () => {
      if (value === null) this.#values.delete(key);
      else this.#values.set(key, value);
      this.#changed(key);
    };
    return { collection: this.collection, key, value, done };
  }

  async #commit(writes: Write[], change: Change, activity?: AccessEvent["activity"]): Promise<void> {
    const changes = writes.map(({ collection, key, value }) => ({ collection, key, value }));
    await this.#port.change(adminEvent(change, this.#clock(), activity), changes);
    for (const { done } of writes) done();
  }

  /** One at a time: what is looked up within is still so when it is changed. */
  exclusive<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => {});
    return done;
  }

  /** Told of the key that changed. */
  onChange(listener: (key: string) => void): void {
    this.#listeners.add(listener);
  }

  #changed(key: string): void {
    for (const listener of this.#listeners) listener(key);
  }
}
