/** Least recently used buffers, bounded by their bytes together. */
export class ByteCache {
  readonly #limit: number;
  readonly #entries = new Map<string, { value: Buffer; size: number }>();
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): Buffer | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Keeps a value, unless it alone would take an eighth of the room; lets the oldest go. */
  set(key: string, value: Buffer): void {
    const size = key.length + value.length;
    if (size > this.#limit / 8) return;
    this.delete(key);
    this.#entries.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#limit) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry && this.#entries.delete(key)) this.#size -= entry.size;
  }
}
