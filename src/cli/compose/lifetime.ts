/** Runs until asked to stop: the first request drains, a second one ends at once. */
import type { CommandEnvironment } from "../program/environment.ts";

export interface Stop {
  /** Settles at the first request to stop, or rejects with what made going on impossible. */
  readonly requested: Promise<void>;
  /** Settles at the second request. */
  readonly forced: Promise<void>;
  /** The process cannot go on. */
  fail(error: Error): void;
}

export function stopOf(environment: CommandEnvironment): Stop {
  const requested = Promise.withResolvers<void>();
  const forced = Promise.withResolvers<void>();
  let asked = false;
  environment.onStop(() => {
    if (asked) forced.resolve();
    asked = true;
    requested.resolve();
  });
  requested.promise.catch(() => {}); // may fail before anyone waits
  return { requested: requested.promise, forced: forced.promise, fail: (error) => requested.reject(error) };
}
