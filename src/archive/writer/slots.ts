/**
 * A fixed number of equal slots in shared memory, in which object bytes cross from the protocol thread to the writer
 * thread. Their number bounds the bytes in flight, whatever the size of objects and the count of peers.
 */
export const slotSize = 256 * 1024;

export class SlotPool {
  readonly memory: SharedArrayBuffer;
  readonly #free: number[];
  readonly #waiting: ((slot: number) => void)[] = [];

  constructor(count: number) {
    this.memory = new SharedArrayBuffer(count * slotSize);
    this.#free = Array.from({ length: count }, (_, index) => index);
  }

  slot(index: number): Uint8Array {
    return slotOf(this.memory, index);
  }

  take(): number | undefined {
    return this.#free.pop();
  }

  /** First come, first served. */
  wait(): Promise<number> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Somebody waits: whoever holds a slot that is only part full should send it on. */
  get scarce(): boolean {
    return this.#waiting.length > 0;
  }

  give(slot: number): void {
    const next = this.#waiting.shift();
    if (next) next(slot);
    else this.#free.push(slot);
  }
}

export function slotOf(memory: SharedArrayBuffer, index: number): Uint8Array {
  return new Uint8Array(memory, index * slotSize, slotSize);
}
