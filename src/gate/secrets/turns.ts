/** Work that is dear: a few at once, a bounded number waiting, the rest refused. */
import { HoldfastError } from "../../core/index.ts";

export class Turns {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  /** @throws HoldfastError gate/rate-limit when too many wait */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running++;
    else if (this.#waiting.length >= this.#mostWaiting)
      throw new HoldfastError("gate/rate-limit", "Many log in at once; try again in a minute.");
    // Whoever is woken has the turn of who woke it.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
