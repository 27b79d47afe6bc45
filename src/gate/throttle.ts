/** Slows down guessing, per account and address, and rates of contained principals. Memory is bounded. */

interface Bucket {
  level: number;
  at: number;
}

/** A leaky bucket per key: `capacity` at once, refilled evenly over `period` ms. */
export class Throttle {
  readonly #period: number;
  readonly #most: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(period: number, mostKeys = 10_000) {
    this.#period = period;
    this.#most = mostKeys;
  }

  /** Whether another fits; counts it when it does. */
  take(key: string, capacity: number, now: number): boolean {
    const level = this.#level(key, capacity, now);
    if (level + 1 > capacity) return false;
    this.#buckets.delete(key); // the oldest stand first
    this.#buckets.set(key, { level: level + 1, at: now });
    if (this.#buckets.size > this.#most) this.#buckets.delete(this.#buckets.keys().next().value!);
    return true;
  }

  forget(key: string): void {
    this.#buckets.delete(key);
  }

  #level(key: string, capacity: number, now: number): number {
    const bucket = this.#buckets.get(key);
    if (!bucket) return 0;
    return Math.max(0, bucket.level - ((now - bucket.at) * capacity) / this.#period);
  }
}
