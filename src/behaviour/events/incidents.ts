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
/** A known incident is told again when it exceeds what was told by this factor. */
const growth = 1.8;
/** Seconds before that: whoever was told has not looked away yet. */
const rest = 2 * 3_600;

/** Until when it stays quiet, how far it exceeded the alert level when it was told, and when that was. */
type Known = readonly [until: number, excess: number, told: number];

export class Incidents {
  readonly #until = new Map<string, Known>();

  /**
   * Is this an incident of its own, or one that has grown far beyond what was told? Either way it now is known.
   * @param excess surprise as a multiple of what alerts
   * @param mayTell asked only of what is new; what must not be told stays unknown
   */
  isNew(
    seen: Observation,
    kind: EntityKind,
    key: Hash64,
    excess: number,
    technique: string,
    invariant: boolean,
    mayTell: () => boolean,
  ): boolean {
    const names: [name: string, lasts: number][] = [[`a ${text(seen.principal)}`, quiet.principal]];
    if (kind !== "principal") names.push([`k ${kind} ${text(key)}`, quiet.group]);
    if (seen.host) names.push([`h ${text(seen.host)} ${technique}`, quiet.host]);
    if (invariant) names.push([`i ${text(seen.principal)} ${technique}`, quiet.principal]);
    const asked = invariant ? names.slice(-1) : names;
    const isNew = excess >= (invariant ? 0 : 1) && asked.every(([name]) => this.#isNews(name, kind, seen.time, excess));
    if (isNew && !mayTell()) return false;
    if (!isNew && !this.#until.has(names[0]![0]) && !invariant) return false;
    for (const [name, lasts] of names) {
      const before = this.#until.get(name);
      const told = isNew || !before ? ([excess, seen.time] as const) : ([before[1], before[2]] as const);
      this.#keep(name, [seen.time + lasts, ...told]);
    }
    return isNew;
  }

  /** Is the principal, or whom else its event speaks against, part of an incident that is going on? */
  knows({ principal, time }: Observation, kind: EntityKind = "principal", key = principal): boolean {
    const names = [`a ${text(principal)}`, `k ${kind} ${text(key)}`];
    return names.some((name) => (this.#until.get(name)?.[0] ?? 0) > time);
  }

  #isNews(name: string, kind: EntityKind, time: number, excess: number): boolean {
    const known = this.#until.get(name);
    if (!known || known[0] <= time) return true;
    return kind === "principal" && excess > known[1] * growth && time > known[2] + rest;
  }

  #keep(name: string, known: Known): void {
    this.#until.delete(name);
    if (this.#until.size >= most) this.#until.delete(this.#until.keys().next().value!);
    this.#until.set(name, known);
  }

  get bytes(): number {
    return this.#until.size * 96;
  }

  save(out: SnapshotWriter): void {
    out.text(JSON.stringify([...this.#until]));
  }

  load(input: SnapshotReader): void {
    this.#until.clear();
    for (const [name, known] of JSON.parse(input.text()) as [string, Known][]) this.#until.set(name, known);
  }
}

function text({ high, low }: Hash64): string {
  return `${high.toString(36)}.${low.toString(36)}`;
}
