/** One after the other for each key, and all keys beside one another. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Begins when everything before it of the same key is over, however that ended. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(key) ?? Promise.resolve()).then(work, work);
    const over = mine.catch(() => {});
    this.#last.set(key, over);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === over) this.#last.delete(key);
    }
  }
}
