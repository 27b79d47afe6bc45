/** Records of response: in memory at once, durable in the journal, each change numbered so that a listener can resume. */

import type { Clock } from "../core/index.ts";
import { type Change, Registry, type SettingsPort, type Write } from "../gate/index.ts";

export interface Numbered {
  id: string;
  /** Of its last change; grows over all ledgers of an archive, restarts included. */
  seq: number;
}

/** Numbers changes; shared by the ledgers of an archive. */
export class Sequence {
  #last = 0;

  get last(): number {
    return this.#last;
  }

  next(): number {
    return ++this.#last;
  }

  /** It goes on behind what a record shows. */
  reached(seq: number): void {
    if (seq > this.#last) this.#last = seq;
  }
}

export class Ledger<T extends Numbered> {
  readonly #registry: Registry<T>;
  readonly #sequence: Sequence;
  readonly #records = new Map<string, T>();
  readonly #listeners = new Set<(record: T) => void>();

  private constructor(registry: Registry<T>, sequence: Sequence) {
    this.#registry = registry;
    this.#sequence = sequence;
    for (const [id, record] of registry.all()) {
      this.#records.set(id, record);
      sequence.reached(record.seq);
    }
  }

  static async open<T extends Numbered>(
    collection: string,
    store: SettingsPort,
    clock: Clock,
    sequence: Sequence,
  ): Promise<Ledger<T>> {
    return new Ledger(await Registry.open<T>(collection, store, clock), sequence);
  }

  get size(): number {
    return this.#records.size;
  }

  get(id: string): T | undefined {
    return this.#records.get(id);
  }

  all(): T[] {
    return [...this.#records.values()];
  }

  /** Counts at once; durable when the promise resolves, together with `also`. */
  put(record: Omit<T, "seq">, change: Change, also: readonly Write[] = []): { record: T; durable: Promise<void> } {
    const numbered = { ...record, seq: this.#sequence.next() } as T;
    const durable = this.#registry.put(numbered.id, numbered, change, undefined, also);
    durable.catch(() => {}); // whoever needs it waits for it
    this.#show(numbered);
    return { record: numbered, durable };
  }

  /** Counts once it is durable. */
  async settle(record: Omit<T, "seq">, change: Change): Promise<T> {
    const numbered = { ...record, seq: this.#sequence.next() } as T;
    await this.#registry.put(numbered.id, numbered, change);
    this.#show(numbered);
    return numbered;
  }

  async remove(id: string, change: Change): Promise<void> {
    this.#records.delete(id);
    await this.#registry.remove(id, change);
  }

  /** Every change, in order, until the function returned is called. */
  subscribe(listener: (record: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #show(record: T): void {
    this.#records.set(record.id, record);
    for (const listener of this.#listeners) listener(record);
  }
}
