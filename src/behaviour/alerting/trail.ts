/** The latest suspicious events of the entities under suspicion: what an alert shows as its evidence. */
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

const entitiesKept = 4_096;
const eventsKept = 32;

export class Trail {
  readonly #events = new Map<number, number[]>();

  add(row: number, index: number): void {
    let events = this.#events.get(row);
    if (!events) {
      if (this.#events.size >= entitiesKept) this.#events.delete(this.#events.keys().next().value!);
      events = [];
      this.#events.set(row, events);
    }
    if (events.length === eventsKept) events.shift();
    events.push(index);
  }

  take(row: number): number[] {
    const events = this.#events.get(row) ?? [];
    this.#events.delete(row);
    return events;
  }

  forget(row: number): void {
    this.#events.delete(row);
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#events.size]);
    for (const [row, events] of this.#events) {
      out.numbers([row]);
      out.array(new Float64Array(events));
    }
  }

  load(input: SnapshotReader): void {
    this.#events.clear();
    const count = input.numbers(1)[0]!;
    for (let i = 0; i < count; i++) {
      const row = input.numbers(1)[0]!;
      this.#events.set(row, Array.from(input.array(Float64Array)));
    }
  }
}
