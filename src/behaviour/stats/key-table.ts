/**
 * A bounded table: 64-bit key to a row of numbers. It grows by doubling up to `capacity` rows; beyond that the least
 * worthy of a few rows is given up: two in turn (as the hand of CLOCK goes round), then sampled ones (as in Redis), until
 * one is found that is worth no more than those given up lately. So a flood of fresh keys evicts itself, oldest first and
 * at the cost of a look or two, and whoever has a long history stays. Open addressing with linear probing, deletion by backward shift.
 *
 * No key lies further than `reach` slots from its home, so every operation is bounded even when somebody makes up names
 * whose hashes collide: where a new key finds no free slot it takes that of the least worthy within reach, so that crafted
 * keys push out one another. At a load of one half, hashes that nobody chose come to reach about once in 10⁸ keys.
 *
 * Row layout: `seen` is the time of the last touch (seconds), `data` holds `stride` floats, of which `worth` is the
 * one that eviction goes by.
 */
import { SnapshotReader, type SnapshotWriter } from "./snapshot.ts";

export interface KeyTableOptions {
  /** Most rows ever held. */
  capacity: number;
  /** Floats a row. */
  stride: number;
  /** Offset in the row of the value that earns a row its place. */
  worth: number;
  /** Seconds after which an untouched row's worth has fallen to 1/e. */
  patience: number;
}

const initialRows = 64;
/** Rows that are compared at most, the first of them in turn, the others drawn. */
const samples = 12;
const inTurn = 2;
/** Worth of a row that has earned nothing yet; levels begin where it has not been touched for thirty times the patience. */
const newcomer = 1e-3;
const lowest = 3 * Math.floor(Math.log(newcomer) - 30);
const usualStep = 1 / 64;
const maxNumber32 = 2 ** 32;
/** Slots. */
const reach = 128;

export class KeyTable {
  seen = new Float64Array(initialRows);
  data: Float32Array;
  /** Rows in use. */
  size = 0;
  evictions = 0;
  readonly #options: KeyTableOptions;
  #keys = new Uint32Array(initialRows * 2);
  /** At each slot the row + 1, 0 when free, and the low lane of its key: most slots that a search passes need no look at the row. */
  #slots = new Int32Array(initialRows * 4);
  #random = 0x2545f491;
  /** The row that is looked at next in turn. */
  #hand = 0;
  /** Mean level of the rows given up lately. */
  #usual = 1;

  constructor(options: KeyTableOptions) {
    this.#options = options;
    this.data = new Float32Array(initialRows * options.stride);
  }

  /** The row of a key, or -1. */
  find(high: number, low: number): number {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    for (let i = 0; i < reach; i++) {
      const at = ((low + i) & mask) * 2;
      const row = slots[at]! - 1;
      if (row < 0) return -1;
      if (slots[at + 1] === (low | 0) && this.#keys[row * 2] === high) return row;
    }
    return -1;
  }

  /** A zeroed row for a key that is not in the table. */
  add(high: number, low: number, now: number): number {
    const { capacity } = this.#options;
    if (this.size === this.seen.length && this.size < capacity) this.#grow();
    const isCrowded = this.#freeSlot(low) < 0;
    const row = isCrowded ? this.#replace(low, now) : this.size < capacity ? this.size++ : this.#evict(now);
    this.#keys[row * 2] = high;
    this.#keys[row * 2 + 1] = low;
    this.seen[row] = now;
    if (!isCrowded) this.#take(this.#freeSlot(low), row, low);
    return row;
  }

  get bytes(): number {
    return this.seen.byteLength + this.data.byteLength + this.#keys.byteLength + this.#slots.byteLength;
  }

  #grow(): void {
    const rows = Math.min(this.seen.length * 2, Math.max(this.#options.capacity, initialRows));
    this.seen = copyInto(new Float64Array(rows), this.seen);
    this.data = copyInto(new Float32Array(rows * this.#options.stride), this.data);
    this.#keys = copyInto(new Uint32Array(rows * 2), this.#keys);
    const slots = 2 ** Math.ceil(Math.log2(rows * 2));
    this.#slots = new Int32Array(slots * 2);
    for (let row = 0; row < this.size; row++) {
      const low = this.#keys[row * 2 + 1]!;
      const slot = this.#freeSlot(low);
      if (slot >= 0) this.#take(slot, row, low);
      else this.#orphan(row);
    }
  }

  #take(slot: number, row: number, low: number): void {
    this.#slots[slot * 2] = row + 1;
    this.#slots[slot * 2 + 1] = low;
  }

  /** The first free slot within reach of a key's home, or -1. */
  #freeSlot(low: number): number {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    for (let i = 0; i < reach; i++) if (slots[((low + i) & mask) * 2] === 0) return (low + i) & mask;
    return -1;
  }

  /** Empties the least worthy row within reach; its slot is the new key's. */
  #replace(low: number, now: number): number {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    let victim = -1;
    let slot = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < reach; i++) {
      const row = slots[((low + i) & mask) * 2]! - 1;
      const level = this.#level(row, now);
      if (level >= least && victim >= 0) continue;
      least = level;
      victim = row;
      slot = (low + i) & mask;
    }
    this.#take(slot, victim, low);
    this.#clear(victim);
    return victim;
  }

  /** A row that no search finds any more, the first to be given up. */
  #orphan(row: number): void {
    this.data.fill(0, row * this.#options.stride, (row + 1) * this.#options.stride);
    this.seen[row] = Number.NEGATIVE_INFINITY;
  }

  /** What a row is worth, ≥ 1, in steps of a third of a nat: ln of its worth, less its age in units of the patience. */
  #level(row: number, now: number): number {
    const { stride, worth, patience } = this.#options;
    const nats = Math.log(this.data[row * stride + worth]! + newcomer) + (this.seen[row]! - now) / patience;
    return Math.max(1, Math.floor(nats * 3) - lowest);
  }

  /** The next row in turn. */
  #next(): number {
    this.#hand = this.#hand + 1 < this.size ? this.#hand + 1 : 0;
    return this.#hand;
  }

  #clear(row: number): void {
    this.data.fill(0, row * this.#options.stride, (row + 1) * this.#options.stride);
    this.evictions++;
  }

  #evict(now: number): number {
    let victim = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < samples && least > Math.ceil(this.#usual); i++) {
      const row = i < inTurn ? this.#next() : this.#draw(this.size);
      const level = this.#level(row, now);
      if (level >= least) continue;
      least = level;
      victim = row;
    }
    this.#usual += (least - this.#usual) * usualStep;
    this.#unlink(victim);
    this.#clear(victim);
    return victim;
  }

  /** Frees a row's slot and moves later members of its probe run back, so that no search is cut short. */
  #unlink(row: number): void {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    let hole = this.#keys[row * 2 + 1]! & mask;
    for (let i = 0; slots[hole * 2] !== row + 1; i++) {
      if (i === reach) return;
      hole = (hole + 1) & mask;
    }
    for (let next = (hole + 1) & mask; slots[next * 2] !== 0; next = (next + 1) & mask) {
      if (((next - hole) & mask) >= reach) break;
      const home = slots[next * 2 + 1]! & mask;
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      slots[hole * 2] = slots[next * 2]!;
      slots[hole * 2 + 1] = slots[next * 2 + 1]!;
      hole = next;
    }
    slots[hole * 2] = 0;
  }

  /** Xorshift32: part of the state, so that a restored table evicts as the original would. */
  #draw(below: number): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    return Math.floor(((x >>> 0) / maxNumber32) * below);
  }

  save(out: SnapshotWriter): void {
    const { size } = this;
    out.numbers([size, this.seen.length, this.evictions, this.#random, this.#hand, this.#usual]);
    out.array(this.seen.subarray(0, size));
    out.array(this.data.subarray(0, size * this.#options.stride));
    out.array(this.#keys.subarray(0, size * 2));
    out.array(this.#slots);
  }

  load(input: SnapshotReader): void {
    const [size, rows, evictions, random, hand, usual] = input.numbers(6);
    if (rows < size || size > this.#options.capacity) throw SnapshotReader.mismatch();
    this.size = size;
    this.evictions = evictions;
    this.#random = random;
    this.#hand = hand;
    this.#usual = usual;
    this.seen = copyInto(new Float64Array(rows), input.array(Float64Array));
    this.data = copyInto(new Float32Array(rows * this.#options.stride), input.array(Float32Array));
    this.#keys = copyInto(new Uint32Array(rows * 2), input.array(Uint32Array));
    this.#slots = input.array(Int32Array);
  }
}

function copyInto<T extends Float64Array | Float32Array | Uint32Array>(target: T, source: T): T {
  target.set(source as never);
  return target;
}
