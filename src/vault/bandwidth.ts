import type { Clock } from "../core/index.ts";

export type Wait = (milliseconds: number) => Promise<void>;

/** Lets so many bytes a second pass, counted over everything that asks it. */
export class Bandwidth {
  readonly #perMillisecond: number;
  readonly #now: Clock;
  readonly #wait: Wait;
  /** When the next bytes may pass, ms. */
  #free = 0;

  constructor(bytesPerSecond: number, now: Clock, wait: Wait) {
    this.#perMillisecond = bytesPerSecond / 1000;
    this.#now = now;
    this.#wait = wait;
  }

  /** Resolves when these bytes are within it. */
  async pass(bytes: number): Promise<void> {
    const begin = Math.max(this.#now(), this.#free);
    this.#free = begin + bytes / this.#perMillisecond;
    if (begin > this.#now()) await this.#wait(begin - this.#now());
  }
}
