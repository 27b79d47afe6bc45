/**
 * Containment as the gate sees it: which restrictions stand on whom, found in constant time.
 * Who imposes and lifts them, and why, is the business of `src/response`; here they only take effect.
 */

/** Graded and reversible, mildest first. */
export const containmentActions = [
  /** Permitted as before; every operation is marked for the behaviour engine. */
  "watch",
  /** What was authenticated before the containment began must authenticate again. */
  "reauthenticate",
  /** At most so many operations a minute. */
  "rate-limit",
  /** No writes, no deletes, no administration. */
  "read-only",
  /** Writes are taken, durable, and invisible until released; deletes and administration are refused. */
  "quarantine-writes",
  /** Nothing. */
  "refuse",
  /** Nothing, for every identity of a vendor. */
  "cut-vendor-link",
  /** No deletes, for everybody in a tenant. */
  "freeze-deletes",
] as const;
export type ContainmentAction = (typeof containmentActions)[number];

export const targetKinds = ["principal", "vendor", "tenant", "host"] as const;
export type TargetKind = (typeof targetKinds)[number];

/** Whom it stands on. `host`: an address as in access events (`192.0.2.1`), no range. */
export interface ContainmentTarget {
  kind: TargetKind;
  /** Principal id (`peer:CT1`, `user:anna`), vendor, tenant or address. */
  id: string;
}

export interface Containment {
  id: string;
  target: ContainmentTarget;
  action: ContainmentAction;
  /** ms since 1970. */
  since: number;
  /** It ends by itself then, ms since 1970; absent: when it is released. */
  until?: number;
  /** For administrators. Holds no patient data. */
  reason: string;
  /** Whom the person affected may call, e.g. `Radiology IT, 4711`. */
  contact: string;
  incident?: string;
  /** For `rate-limit`: operations a minute. */
  perMinute?: number;
}

/** What `rate-limit` means when it does not say. */
export const defaultPerMinute = 30;

/** Those that stand on one target: of several with the same action only the one that ends last matters. */
export type Standing = { readonly [Action in ContainmentAction]?: Containment };

/** What the decision asks. */
export interface ContainmentLookup {
  /** Undefined when nothing stands on the target. One that has ended by itself may still be listed: see {@link isActive}. */
  on(kind: TargetKind, id: string): Standing | undefined;
}

/** `since` is when it was decided; it counts at once, whatever the clocks of two machines say. */
export function isActive(containment: Containment, now: number): boolean {
  return containment.until === undefined || containment.until > now;
}

/** All containments in memory. Changes count from the very next decision. */
export class ContainmentState implements ContainmentLookup {
  readonly #byId = new Map<string, Containment>();
  readonly #byTarget = new Map<string, { all: Map<string, Containment>; standing: Standing }>();
  readonly #listeners = new Set<() => void>();

  get size(): number {
    return this.#byId.size;
  }

  on(kind: TargetKind, id: string): Standing | undefined {
    return this.#byTarget.get(keyOf(kind, id))?.standing;
  }

  get(id: string): Containment | undefined {
    return this.#byId.get(id);
  }

  /** Adds it, or puts it in the place of the one with its id. */
  apply(containment: Containment): void {
    this.#remove(containment.id);
    this.#add(containment);
    this.#changed();
  }

  /** The one released; undefined when there is none with this id. */
  release(id: string): Containment | undefined {
    const removed = this.#remove(id);
    if (removed) this.#changed();
    return removed;
  }

  /** Everything at once, as after a restart. */
  replace(containments: Iterable<Containment>): void {
    this.#byId.clear();
    this.#byTarget.clear();
    for (const containment of containments) this.#add(containment);
    this.#changed();
  }

  /** All, in the order in which they were applied. */
  snapshot(): Containment[] {
    return [...this.#byId.values()];
  }

  /** Those that ended by themselves are removed and returned. */
  expire(now: number): Containment[] {
    const ended = this.snapshot().filter((containment) => !isActive(containment, now));
    for (const { id } of ended) this.#remove(id);
    if (ended.length > 0) this.#changed();
    return ended;
  }

  /** `listener` is called after every change, until the function returned is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #add(containment: Containment): void {
    const { kind, id } = containment.target;
    const key = keyOf(kind, id);
    const { all } = this.#byTarget.get(key) ?? { all: new Map<string, Containment>() };
    all.set(containment.id, containment);
    this.#byId.set(containment.id, containment);
    this.#byTarget.set(key, { all, standing: standingOf(all.values()) });
  }

  #remove(id: string): Containment | undefined {
    const containment = this.#byId.get(id);
    if (!containment) return undefined;
    this.#byId.delete(id);
    const key = keyOf(containment.target.kind, containment.target.id);
    const { all } = this.#byTarget.get(key)!;
    all.delete(id);
    if (all.size === 0) this.#byTarget.delete(key);
    else this.#byTarget.set(key, { all, standing: standingOf(all.values()) });
    return containment;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

const keyOf = (kind: TargetKind, id: string): string => `${kind}\n${id}`;

function standingOf(containments: Iterable<Containment>): Standing {
  const standing: { [Action in ContainmentAction]?: Containment } = {};
  for (const containment of containments) {
    const before = standing[containment.action];
    if (!before || outweighs(containment, before)) standing[containment.action] = containment;
  }
  return standing;
}

/** The one that ends later; of two rate limits, the lower one: then the stricter may end first, which is the milder error. */
function outweighs(one: Containment, other: Containment): boolean {
  const [rate, otherRate] = [one.perMinute ?? defaultPerMinute, other.perMinute ?? defaultPerMinute];
  if (one.action === "rate-limit" && rate !== otherRate) return rate < otherRate;
  return (one.until ?? Number.POSITIVE_INFINITY) > (other.until ?? Number.POSITIVE_INFINITY);
}
