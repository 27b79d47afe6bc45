/** What of a restore's segments is here already: a table in shared memory, written by who brings it, read by every thread. */

/** A run of bytes of a segment file. */
export interface SegmentPart {
  segment: number;
  offset: number;
  length: number;
}

export interface ArrivalMemory {
  /** Three 64-bit numbers a part: segment, first byte, end. In order of segment and offset, without gaps in a segment. */
  parts: SharedArrayBuffer;
  /** A byte a part. */
  states: SharedArrayBuffer;
}

export const arrivalStates = { awaited: 0, readable: 1, durable: 2 } as const;
export type ArrivalState = keyof typeof arrivalStates;

const fields = 3;

export class Arrivals {
  readonly memory: ArrivalMemory;
  readonly #parts: Float64Array;
  readonly #states: Uint8Array;
  /** Of each segment: its first part, and the one behind its last. */
  readonly #ranges = new Map<number, { first: number; end: number }>();

  constructor(memory: ArrivalMemory) {
    this.memory = memory;
    this.#parts = new Float64Array(memory.parts);
    this.#states = new Uint8Array(memory.states);
    for (let part = 0; part < this.#states.length; part++) {
      const segment = this.#parts[part * fields]!;
      const range = this.#ranges.get(segment);
      if (range) range.end = part + 1;
      else this.#ranges.set(segment, { first: part, end: part + 1 });
    }
  }

  /** Nothing of these parts is here yet. In order, as in {@link ArrivalMemory}. */
  static awaiting(parts: SegmentPart[]): Arrivals {
    const table = new Float64Array(new SharedArrayBuffer(parts.length * fields * 8));
    for (const [index, { segment, offset, length }] of parts.entries())
      table.set([segment, offset, offset + length], index * fields);
    return new Arrivals({
      parts: table.buffer as SharedArrayBuffer,
      states: new SharedArrayBuffer(parts.length),
    });
  }

  /** The highest segment that comes; 0: none. */
  get lastSegment(): number {
    return Math.max(0, ...this.#ranges.keys());
  }

  /** The parts in which these bytes lie; none: they do not come by the restore. */
  partsOf({ segment, offset, length }: SegmentPart): number[] {
    const range = this.#ranges.get(segment);
    if (!range) return [];
    const found: number[] = [];
    for (let part = this.#holding(offset, range); part < range.end; part++) {
      if (this.#parts[part * fields + 1]! >= offset + length) break;
      found.push(part);
    }
    return found;
  }

  /** All of these bytes are at least so far. */
  are(state: ArrivalState, part: SegmentPart): boolean {
    return this.partsOf(part).every((part) => this.stateOf(part) >= arrivalStates[state]);
  }

  stateOf(part: number): number {
    return Atomics.load(this.#states, part);
  }

  isReadable(part: number): boolean {
    return this.stateOf(part) >= arrivalStates.readable;
  }

  mark(part: number, state: ArrivalState): void {
    Atomics.store(this.#states, part, arrivalStates[state]);
  }

  /** Bytes that are not durable here yet. */
  get awaited(): number {
    let bytes = 0;
    for (let part = 0; part < this.#states.length; part++)
      if (this.stateOf(part) < arrivalStates.durable)
        bytes += this.#parts[part * fields + 2]! - this.#parts[part * fields + 1]!;
    return bytes;
  }

  /** The last part of the range that begins at or before the offset. */
  #holding(offset: number, range: { first: number; end: number }): number {
    let [low, high] = [range.first, range.end - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#parts[middle * fields + 1]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
