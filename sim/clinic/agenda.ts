/** What is to be logged and when: a heap by time of arrival, emptied day by day, so that memory holds about one day. */
import type { LogBody } from "./logs/body.ts";

export interface Entry {
  /** ms since 1970 at which the line reaches whoever merges the logs. */
  arrival: number;
  order: number;
  /** Number of the attack from 1, 0 for what is none. */
  attack: number;
  body: LogBody;
}

export class Agenda {
  readonly #heap: Entry[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  put(arrival: number, body: LogBody, attack: number): void {
    const heap = this.#heap;
    const entry = { arrival, order: this.#order++, attack, body };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes out what arrives before a time, in order. */
  *takeUntil(time: number): Generator<Entry> {
    while (this.#heap.length > 0 && this.#heap[0]!.arrival < time) yield this.#take();
  }

  #take(): Entry {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.arrival < b.arrival || (a.arrival === b.arrival && a.order < b.order);
}
