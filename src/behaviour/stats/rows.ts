/** The rows of a bounded table by key, made when first asked for; and 24-bit marks that a row's floats hold exactly. */
import type { Hash64 } from "./hash.ts";
import { KeyTable } from "./key-table.ts";

const month = 30 * 86_400;
const exactBits = 8;

export class Rows extends KeyTable {
  readonly stride: number;

  /** The first float of a row is its worth: what eviction goes by. @param patience seconds */
  constructor(capacity: number, stride: number, patience = month) {
    super({ capacity, stride, worth: 0, patience });
    this.stride = stride;
  }

  /** Where the row of a key begins in `data`; a new row is of zeros. */
  of(key: Hash64, now: number): number {
    const row = this.find(key.high, key.low);
    return (row < 0 ? this.add(key.high, key.low, now) : row) * this.stride;
  }

  /** The same, or -1 for a key that is not there. */
  known(key: Hash64): number {
    const row = this.find(key.high, key.low);
    return row < 0 ? -1 : row * this.stride;
  }

  /** Seconds since the row was last touched, which is now. */
  touch(base: number, now: number): number {
    const row = base / this.stride;
    const gap = Math.max(0, now - this.seen[row]!);
    this.seen[row] = Math.max(now, this.seen[row]!);
    return gap;
  }
}

/** 24 bits of a hash that are never 0: a float of 32 bits holds them exactly, and 0 means unknown. */
export function mark(lane: number): number {
  return lane >>> exactBits || 1;
}
