/** Reproducible randomness and identifiers: everything follows from a seed and a label. */
import { createHash } from "node:crypto";

/** The same label always opens the same independent sequence (mulberry32). */
export class Random {
  #state: number;

  constructor(label: string) {
    this.#state = digest(label).readUInt32BE(0);
  }

  /** 0 ≤ x < 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** A whole number, both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)]!;
  }

  /** About normal, mean 0 and deviation 1: the sum of four uniforms. */
  normal(): number {
    return (this.next() + this.next() + this.next() + this.next() - 2) * 1.7320508;
  }
}

/** A UID under 2.25: the decimal of a UUID of version 8, made from the label (PS3.5 B.2, RFC 9562). */
export function uidOf(label: string): string {
  const bytes = digest(label).subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${bytes.toString("hex")}`)}`;
}

const digest = (label: string): Buffer => createHash("sha256").update(label).digest();
