/** Who has taken part since the evidence of a kind began to gather: names for the alert, bounded. */
import type { Hash64 } from "../stats/hash.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

const mostKinds = 256;
const mostNames = 64;
const longest = 128;

export interface Participants {
  day: number;
  today: string[];
  before: string[];
}

export class CampaignActors {
  readonly #kinds = new Map<string, Participants>();

  /** Those of a kind. @param isFresh nothing has gathered before today */
  of(kind: Hash64, day: number, isFresh: boolean): Participants {
    const name = `${kind.high} ${kind.low}`;
    const known = this.#kinds.get(name);
    if (known?.day === day) return known;
    this.#kinds.delete(name);
    if (this.#kinds.size >= mostKinds) this.#kinds.delete(this.#kinds.keys().next().value!);
    const before = isFresh || !known ? [] : [...new Set([...known.today, ...known.before])].slice(0, mostNames);
    const now = { day, today: [], before };
    this.#kinds.set(name, now);
    return now;
  }

  add({ today }: Participants, actor: string): void {
    const name = actor.slice(0, longest);
    if (today.length < mostNames && !today.includes(name)) today.push(name);
  }

  get bytes(): number {
    let names = 0;
    for (const { today, before } of this.#kinds.values()) names += today.length + before.length;
    return this.#kinds.size * 96 + names * 64;
  }

  save(out: SnapshotWriter): void {
    out.text(JSON.stringify([...this.#kinds]));
  }

  load(input: SnapshotReader): void {
    this.#kinds.clear();
    for (const [kind, known] of JSON.parse(input.text()) as [string, Participants][]) this.#kinds.set(kind, known);
  }
}
