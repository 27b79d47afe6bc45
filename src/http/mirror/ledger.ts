/**
 * What each mirror took, for the journal: at its first request, and then at most once an hour with the bytes since. One
 * event a request would be one more entry to be mirrored, and so on without end.
 */
import type { Clock } from "../../core/index.ts";

const every = 3_600_000; // ms
/** Principals are registered keys; more at once are no mirrors. */
const most = 1_000;

interface Taken {
  since: number;
  bytes: number;
  told: boolean;
}

export class MirrorLedger {
  readonly #clock: Clock;
  readonly #taken = new Map<string, Taken>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns the bytes that an event now would speak of; undefined: none is due */
  due(principal: string): number | undefined {
    const now = this.#clock();
    const taken = this.#taken.get(principal) ?? { since: now, bytes: 0, told: false };
    if (this.#taken.size < most) this.#taken.set(principal, taken);
    if (taken.told && now - taken.since < every) return undefined;
    const { bytes } = taken;
    Object.assign(taken, { since: now, bytes: 0, told: true });
    return bytes;
  }

  took(principal: string, bytes: number): void {
    const taken = this.#taken.get(principal);
    if (taken) taken.bytes += bytes;
  }
}
