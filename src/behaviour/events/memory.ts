/**
 * Of entities under suspicion the strongest findings of each detector in the last day: an alert that many events have
 * led to gives the reasons of all of them, not of the last alone.
 */
import type { Hash64 } from "../stats/hash.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Finding } from "./alert.ts";

interface Kept {
  finding: Finding;
  time: number;
  actor: string;
}

const most = 2_048;
const lasts = 86_400;
/** Nats from which a finding is worth keeping. */
const least = 2;

export class Memory {
  readonly #kept = new Map<string, Record<string, Kept>>();

  /** The findings about an entity with those that went before, strongest first. */
  with(key: Hash64, time: number, actor: string, findings: readonly Finding[]): Finding[] {
    const name = `${key.high} ${key.low}`;
    let kept = this.#kept.get(name);
    const strong = findings.filter(({ nats }) => nats >= least);
    if (!kept && strong.length === 0) return [...findings];
    if (!kept) {
      if (this.#kept.size >= most) this.#kept.delete(this.#kept.keys().next().value!);
      kept = {};
      this.#kept.set(name, kept);
    }
    for (const finding of strong) {
      const before = kept[finding.detector];
      if (!before || before.time < time - lasts || finding.nats >= before.finding.nats) {
        kept[finding.detector] = { finding, time, actor };
      }
    }
    const told = new Set(findings.map(({ detector }) => detector));
    const earlier = Object.values(kept).filter((each) => each.time >= time - lasts && !told.has(each.finding.detector));
    return [...findings, ...earlier.map(({ finding }) => finding)].sort((a, b) => b.nats - a.nats);
  }

  /** Who contributed to what is kept about an entity, and since when. */
  actors(key: Hash64, time: number): { names: string[]; from: number } {
    const kept = Object.values(this.#kept.get(`${key.high} ${key.low}`) ?? {}).filter(
      (each) => each.time >= time - lasts,
    );
    const from = kept.reduce((first, each) => Math.min(first, each.time), time);
    return { names: [...new Set(kept.map(({ actor }) => actor))], from };
  }

  get bytes(): number {
    return this.#kept.size * 1_024;
  }

  save(out: SnapshotWriter): void {
    out.text(JSON.stringify([...this.#kept]));
  }

  load(input: SnapshotReader): void {
    this.#kept.clear();
    for (const [name, kept] of JSON.parse(input.text()) as [string, Record<string, Kept>][]) this.#kept.set(name, kept);
  }
}
