/**
 * A fixed number of equal slots in shared memory, in which object bytes cross from the protocol thread to the writer
 * thread. Their number bounds the bytes in flight, whatever the size of objects and the count of peers.
 *
 * The writer gives a slot back by a flag in shared memory; it sends a message only while somebody waits for one.
 */
export const slotSize = 256 * 1024;

export interface SlotMemory {
  bytes: SharedArrayBuffer;
  /** Int32: one flag for each slot (1: in use), and last whether the protocol thread waits. */
  flags: SharedArrayBuffer;
}

/** The protocol thread's side. */
export class SlotPool {
  readonly memory: SlotMemory;
  readonly #flags: Int32Array;
  readonly #count: number;
  readonly #waiting: ((slot: number) => void)[] = [];
  #next = 0;

  constructor(count: number) {
    this.memory = {
      bytes: new SharedArrayBuffer(count * slotSize),
      flags: new SharedArrayBuffer((count + 1) * Int32Array.BYTES_PER_ELEMENT),
    };
    this.#flags = new Int32Array(this.memory.flags);
    this.#count = count;
  }

  slot(index: number): Uint8Array {
    return slotOf(this.memory, index);
  }

  /** A free slot, now in use. */
  take(): number | undefined {
    if (this.#waiting.length > 0) return undefined; // those who wait come first
    return this.#find();
  }

  /** First come, first served. */
  wait(): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.notifyWhenFreed(true);
      this.served();
    });
  }

  inUse(slot: number): boolean {
    return Atomics.load(this.#flags, slot) === 1;
  }

  /** Somebody waits: whoever holds a slot that is only part full should send it on. */
  get scarce(): boolean {
    return this.#waiting.length > 0;
  }

  /** Asks the writer for a message whenever it frees a slot; `served` must be called then. */
  notifyWhenFreed(wanted: boolean): void {
    Atomics.store(this.#flags, this.#count, wanted ? 1 : 0);
  }

  /** Slots may have become free: hands them to those who wait. */
  served(): void {
    while (this.#waiting.length > 0) {
      const slot = this.#find();
      if (slot === undefined) return;
      this.#waiting.shift()!(slot);
    }
  }

  /** Gives back a slot that was never sent. */
  give(slot: number): void {
    Atomics.store(this.#flags, slot, 0);
    this.served();
  }

  #find(): number | undefined {
    for (let tried = 0; tried < this.#count; tried++) {
      const slot = (this.#next + tried) % this.#count;
      if (Atomics.compareExchange(this.#flags, slot, 0, 1) === 0) {
        this.#next = (slot + 1) % this.#count;
        return slot;
      }
    }
    return undefined;
  }
}

/** The writer thread's side: frees a slot; true when the protocol thread wants to hear of it. */
export function freeSlot(flags: Int32Array, slot: number): boolean {
  Atomics.store(flags, slot, 0);
  return Atomics.load(flags, flags.length - 1) === 1;
}

export function slotOf({ bytes }: SlotMemory, index: number): Uint8Array {
  return new Uint8Array(bytes, index * slotSize, slotSize);
}
