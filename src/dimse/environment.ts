import { randomUUID } from "node:crypto";
import type { Clock } from "../core/index.ts";
import { systemClock } from "../core/index.ts";

/** Timers as a port, so that tests need not wait. */
export interface Timers {
  /** Calls back once after `milliseconds`; the returned function cancels. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** What the upper layer takes from the machine it runs on. */
export interface Environment {
  clock: Clock;
  timers: Timers;
  /** A new association identifier. */
  newId(): string;
}

export const systemTimers: Timers = {
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

export const systemEnvironment: Environment = { clock: systemClock, timers: systemTimers, newId: randomUUID };
