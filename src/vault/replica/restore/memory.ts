/** Memory for pieces under way: a few large pieces at once, which take over each other's, and many small ones. */

/** Bytes. What is smaller waits for no other. */
const small = 256 * 1024;

export class PieceMemory {
  readonly #free: Buffer[] = [];
  readonly #waiting: ((memory: Buffer) => void)[] = [];
  /** Large ones that may still be made. */
  #left: number;

  /** @param large how many large pieces there may be at once */
  constructor(large: number) {
    this.#left = large;
  }

  /** At least so many bytes. {@link give} takes it back. */
  async borrow(length: number): Promise<Buffer> {
    if (length <= small) return Buffer.allocUnsafe(length);
    const fits = (memory: Buffer): Buffer => (memory.length >= length ? memory : Buffer.allocUnsafeSlow(length));
    const free = this.#free.pop();
    if (free) return fits(free);
    if (this.#left > 0) {
      this.#left--;
      return Buffer.allocUnsafeSlow(length);
    }
    return fits(await new Promise<Buffer>((resolve) => this.#waiting.push(resolve)));
  }

  give(memory: Buffer): void {
    if (memory.length <= small) return;
    const next = this.#waiting.shift();
    if (next) next(memory);
    else this.#free.push(memory);
  }
}
