/** The catalogue that is read: the whole one, or at first a small one of some patients. */
import { CatalogueReaders } from "../../catalogue/index.ts";
import { HoldfastError } from "../../core/index.ts";
import type { Thread } from "../thread.ts";
import { ReaderClient } from "./client.ts";

export class Readers {
  readonly thread: ReaderClient;
  readonly points: CatalogueReaders;
  #partial: boolean;
  #closed = false;

  constructor(
    file: string,
    partial: boolean,
    onDeath: (error: HoldfastError) => void,
    begin?: (file: string) => Thread,
  ) {
    this.points = new CatalogueReaders(file);
    try {
      this.thread = new ReaderClient(file, onDeath, begin);
    } catch (error) {
      this.points.close();
      throw error;
    }
    this.#partial = partial;
  }

  /** Other patients are not catalogued yet. */
  get partial(): boolean {
    return this.#partial;
  }

  /** The whole one is there. */
  async moveTo(file: string): Promise<void> {
    if (this.#closed) return;
    this.points.moveTo(file);
    this.#partial = false;
    await this.thread.moveTo(file);
  }

  /** Nothing found in a part says nothing of the whole. @throws HoldfastError storage/arriving */
  found<T>(all: T[]): T[] {
    if (this.#partial && all.length === 0) throw new HoldfastError("storage/arriving");
    return all;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.thread.close();
    this.points.close();
  }
}
