import type { Environment } from "../environment.ts";
import type { Timeouts } from "./info.ts";

/** What an association waits for: the peer amid a message or answer, the peer's next wish, or our own work. */
export type Waiting = "peer" | "idle" | "us";

/** A drip of single bytes is no progress: this many must come within the timeout. */
const progressBytes = 1024;

/** Tells when the peer has made no progress for too long. One coarse timer per association: touching it is cheap. */
export class Watchdog {
  readonly #environment: Environment;
  readonly #timeouts: Timeouts;
  readonly #waiting: () => Waiting;
  readonly #expired: (waiting: Waiting) => void;
  #last: number;
  #bytes = 0;
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
  }

  received(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes >= progressBytes) this.touch();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    const interval = Math.max(20, Math.min(this.#timeouts.idle, this.#timeouts.dimse) / 4);
    this.#cancel = this.#environment.timers.after(interval, () => this.#check());
  }

  #check(): void {
    const waiting = this.#waiting();
    if (waiting === "us") this.touch();
    const limit = waiting === "idle" ? this.#timeouts.idle : this.#timeouts.dimse;
    if (this.#environment.clock() - this.#last >= limit) this.#expired(waiting);
    else this.#arm();
  }
}
