import { type Clock, systemClock } from "../core/index.ts";

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

/** Identifiers are the start time and a count: distinct over restarts without randomness. */
export function systemEnvironment(clock: Clock = systemClock): Environment {
  const start = clock().toString(36);
  let count = 0;
  return { clock, timers: systemTimers, newId: () => `${start}-${++count}` };
}
