import type { Environment } from "../environment.ts";
import type { Timeouts } from "./info.ts";

/** What an association waits for: the peer amid a message or answer, the peer's next wish, or our own work. */
export type Waiting = "peer" | "idle" | "us";

/** A drip of single bytes is no progress: this many must come within the timeout. */
const progressBytes = 1024;
const shortest = 20;

/** Tells when the peer has made no progress for too long. One coarse timer per association: touching it is cheap. */
export class Watchdog {
  readonly #environment: Environment;
  readonly #timeouts: Timeouts;
  readonly #waiting: () => Waiting;
  readonly #expired: (waiting: Waiting) => void;
  #last: number;
  #bytes = 0;
  /** Time seemed to be over at the last check. */
  #suspect = false;
  #cancel: (() => void) | undefined;

  constructor(
    environment: Environment,
    timeouts: Timeouts,
    waiting: () => Waiting,
    expired: (waiting: Waiting) => void,
  ) {
    this.#environment = environment;
    this.#timeouts = timeouts;
    this.#waiting = waiting;
    this.#expired = expired;
    this.#last = environment.clock();
    this.#arm();
  }

  touch(): void {
    this.#last = this.#environment.clock();
    this.#bytes = 0;
    this.#suspect = false;
  }

  received(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes >= progressBytes) this.touch();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(interval = Math.max(shortest, Math.min(this.#timeouts.idle, this.#timeouts.dimse) / 4)): void {
    this.#cancel = this.#environment.timers.after(interval, () => this.#check());
  }

  /** When this process itself was held up, what the peer has long since sent is read before the next check. */
  #lookAgain(): void {
    this.#suspect = true;
    this.#arm(shortest);
  }

  #check(): void {
    const waiting = this.#waiting();
    if (waiting === "us") this.touch();
    const limit = waiting === "idle" ? this.#timeouts.idle : this.#timeouts.dimse;
    if (this.#environment.clock() - this.#last < limit) this.#arm();
    else if (this.#suspect) this.#expired(waiting);
    else this.#lookAgain();
  }
}
