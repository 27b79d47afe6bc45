/**
 * Which people may be behind a principal. Two persons are two people, not two credentials of one: whoever has made or
 * renewed the secrets of an account or key could use it, and so could whoever had made theirs at that time.
 */
import type { Principal } from "./principal.ts";

/** Anybody: of a key from before it was noted who had been told its secret. */
export const anybody = "*";
/** Somebody at the identity provider: of a local account that does not say who. */
const somebody = "oidc:?";

/** What the registries know of an account or a key; undefined when it is not there. */
export interface Secrets {
  /** Principals that may hold its secrets. */
  by: readonly string[];
  /** The same person at the identity provider. */
  subject?: string;
}

export class Persons {
  readonly #user: (name: string) => Secrets | undefined;
  readonly #key: (id: string) => Secrets | undefined;
  readonly #hasProvider: boolean;

  constructor(
    user: (name: string) => Secrets | undefined,
    key: (id: string) => Secrets | undefined,
    hasProvider: boolean,
  ) {
    this.#user = user;
    this.#key = key;
    this.#hasProvider = hasProvider;
  }

  /** Of whoever holds the data folder and its keys, or of this machine before anybody is known: nobody. */
  behind({ id, method }: Pick<Principal, "id" | "method">): string[] {
    if (method === "local") return [];
    const name = id.slice(id.indexOf(":") + 1);
    if (id.startsWith("key:")) return [...new Set([id, ...(this.#key(name)?.by ?? [anybody])])];
    if (!id.startsWith("user:")) return [id];
    const { by = [], subject } = this.#user(name) ?? {};
    const person = subject !== undefined ? [`oidc:${subject}`] : this.#hasProvider ? [somebody] : [];
    return [...new Set([id, ...by, ...person])];
  }
}

/** Whether somebody may be behind both. */
export function mayBeOne(some: readonly string[], others: readonly string[]): boolean {
  return covers(some, others) || covers(others, some);
}

function covers(some: readonly string[], others: readonly string[]): boolean {
  return some.some((id) => {
    if (id === anybody) return others.length > 0;
    if (id === somebody) return others.some((other) => other.startsWith("oidc:") && other !== somebody);
    return others.includes(id);
  });
}
