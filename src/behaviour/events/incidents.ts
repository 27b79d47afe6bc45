/**
 * One alert an incident. What a principal does within a day and a half of its last alert is the same incident; so is
 * what is said against a host, an object or everybody together on account of its events, and what somebody else does
 * from the same address with the same technique. An invariant is told once more, though, even of a known incident.
 */
import type { EntityKind } from "../detectors/detector.ts";
import type { Observation } from "../detectors/observation.ts";
import type { Hash64 } from "../stats/hash.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

const quiet = { principal: 36 * 3_600, group: 24 * 3_600, host: 6 * 3_600 } as const;
const most = 8_192;

export class Incidents {
  /** Until when what is named stays quiet, seconds. */
  readonly #until = new Map<string, number>();

  /** Is this an incident of its own? Either way it now is known. */
  isNew(seen: Observation, kind: EntityKind, key: Hash64, technique: string, invariant: boolean): boolean {
    const names: [name: string, lasts: number][] = [[`a ${text(seen.principal)}`, quiet.principal]];
    if (kind !== "principal") names.push([`k ${kind} ${text(key)}`, quiet.group]);
    if (seen.host) names.push([`h ${text(seen.host)} ${technique}`, quiet.host]);
    if (invariant) names.push([`i ${text(seen.principal)} ${technique}`, quiet.principal]);
    const asked = invariant ? names.slice(-1) : names;
    const known = asked.some(([name]) => (this.#until.get(name) ?? Number.NEGATIVE_INFINITY) > seen.time);
    for (const [name, lasts] of names) this.#keep(name, seen.time + lasts);
    return !known;
  }

  #keep(name: string, until: number): void {
    this.#until.delete(name);
    if (this.#until.size >= most) this.#until.delete(this.#until.keys().next().value!);
    this.#until.set(name, until);
  }

  get bytes(): number {
    return this.#until.size * 96;
  }

  save(out: SnapshotWriter): void {
    out.text(JSON.stringify([...this.#until]));
  }

  load(input: SnapshotReader): void {
    this.#until.clear();
    for (const [name, until] of JSON.parse(input.text()) as [string, number][]) this.#until.set(name, until);
  }
}

function text({ high, low }: Hash64): string {
  return `${high.toString(36)}.${low.toString(36)}`;
}
