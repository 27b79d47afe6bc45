/**
 * What was begun and waits for its answer: challenges, logins at the provider. Each counts once and for a while. Whoever
 * begins very many pushes out its own, not those of others.
 */
import type { Clock } from "../core/index.ts";

interface Waiting<T> {
  value: T;
  address: string;
  until: number;
}

const most = 10_000;
const mostPerAddress = 100;

export class Pending<T> {
  readonly #clock: Clock;
  /** ms. */
  readonly #patience: number;
  readonly #waiting = new Map<string, Waiting<T>>();
  /** Keys by address, oldest first. */
  readonly #byAddress = new Map<string, Set<string>>();

  constructor(clock: Clock, patience: number) {
    this.#clock = clock;
    this.#patience = patience;
  }

  /** @param address of who began it */
  put(key: string, value: T, address: string): void {
    const own = this.#byAddress.get(address) ?? new Set<string>();
    if (own.size >= mostPerAddress) this.#remove(first(own));
    else if (this.#waiting.size >= most) this.#remove(first(this.#waiting));
    this.#byAddress.set(address, own.add(key));
    this.#waiting.set(key, { value, address, until: this.#clock() + this.#patience });
  }

  /** Counts once; undefined when nothing is known by this key, or it took too long. */
  take(key: string): T | undefined {
    const found = this.#remove(key);
    return found && found.until > this.#clock() ? found.value : undefined;
  }

  #remove(key: string): Waiting<T> | undefined {
    const found = this.#waiting.get(key);
    if (!found) return undefined;
    this.#waiting.delete(key);
    const own = this.#byAddress.get(found.address);
    own?.delete(key);
    if (own?.size === 0) this.#byAddress.delete(found.address);
    return found;
  }
}

const first = (keys: { keys(): Iterator<string> }): string => keys.keys().next().value as string;
