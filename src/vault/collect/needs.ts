/**
 * Which segments hold what has to be kept, from the journal's records alone. A version is to be kept while its instance is
 * visible, or hidden by a tombstone whose retention has not passed, or on legal hold; what was quarantined or is held back
 * always. Old versions of an instance go with it and not before.
 *
 * Retention has passed when the clock says so and the journal has lived through it: a gap between two entries counts for a
 * week at most, so that a clock that jumps ahead makes nothing old.
 */

import { type Series, SeriesTree } from "./series-tree.ts";

const day = 24 * 60 * 60 * 1000;
/** ms that a gap between two entries counts for at most. */
const longestGap = 7 * day;

interface Place {
  segment: number;
}

interface Target {
  patientId?: string;
  studyUid?: string;
  seriesUid?: string;
  sopInstanceUid?: string;
  retainUntil?: number;
}

/** Of a journal record, what this depends on. */
export interface NeedsRecord {
  kind: string;
  event?: { tenant?: string };
  object?: {
    patientId: string;
    studyUid: string;
    seriesUid: string;
    sopInstanceUid: string;
    location: Place;
    data?: Place;
  };
  location?: Place;
  released?: number;
  entries?: number[];
  retainUntil?: number;
  target?: Target;
  changes?: { collection: string; key: string; value: unknown }[];
  segments?: number[];
}

/** When something was put out of sight, and how long it stays at least. */
interface Hidden {
  at: number;
  /** `lived` then. */
  lived: number;
  /** ms since 1970; absent: for ever. */
  until: number | undefined;
}

/** Some 180 bytes, with what finds it. */
interface Kept {
  series: Series<Kept>;
  segments: readonly number[];
  hidden: Hidden | undefined;
}

interface Hold {
  tenant: string;
  patientId?: string;
  studyUid?: string;
}

export class Needs {
  /** Of each clinic, by SOP Instance UID. */
  readonly #instances = new Map<string, Map<string, Kept>>();
  readonly #tree = new SeriesTree<Kept>();
  /** Lists of one segment, each once. */
  readonly #alone = new Map<number, readonly number[]>();
  /** By the entry that held it back. */
  readonly #held = new Map<number, Kept>();
  readonly #always = new Set<number>();
  readonly #named = new Set<number>();
  readonly #collected = new Set<number>();
  readonly #holds = new Map<string, Hold>();
  /** Days, by tenant. */
  readonly #retention = new Map<string, number>();
  #time = 0;
  /** ms that the journal has lived through. */
  #lived = 0;
  #entries = 0;

  /** Entries read. */
  get entries(): number {
    return this.#entries;
  }

  /** In order, from the first entry on. `time`: ms since 1970. */
  read(seq: number, time: number, record: NeedsRecord): void {
    if (this.#entries > 0) this.#lived += gap(this.#time, time);
    this.#time = Math.max(this.#time, time);
    this.#entries = seq + 1;
    const tenant = record.event?.tenant ?? "default";
    const { object, target } = record;
    if (record.kind === "store" && object) this.#store(tenant, object, record.released);
    else if (record.kind === "held" && object) this.#held.set(seq, this.#kept(tenant, object));
    else if (record.kind === "discard")
      for (const entry of record.entries ?? []) this.#discard(entry, record.retainUntil);
    else if (record.kind === "quarantine") this.#quarantine(record.location!.segment);
    else if ((record.kind === "delete" || record.kind === "restore") && target)
      this.#show(tenant, target, record.kind === "restore");
    else if (record.kind === "state") for (const change of record.changes ?? []) this.#set(change);
    else if (record.kind === "collect") for (const segment of record.segments ?? []) this.#collected.add(segment);
  }

  /** Segments that entries name and of which nothing has to be kept any more. `now`: ms since 1970. */
  collectable(now: number): Set<number> {
    const found = new Set([...this.#named].filter((segment) => !this.#collected.has(segment)));
    for (const segment of this.#always) found.delete(segment);
    for (const kept of this.#all())
      if (kept.segments.some((segment) => found.has(segment)) && this.#isNeeded(kept, now))
        for (const segment of kept.segments) found.delete(segment);
    return found;
  }

  *#all(): Generator<Kept> {
    for (const instances of this.#instances.values()) yield* instances.values();
    yield* this.#held.values();
  }

  #isNeeded({ series: { tenant, patientId, studyUid }, hidden }: Kept, now: number): boolean {
    if (hidden?.until === undefined) return true;
    const lived = this.#lived + gap(this.#time, now) - hidden.lived;
    const due = Math.max(hidden.until - hidden.at, (this.#retention.get(tenant) ?? 0) * day);
    if (now - hidden.at < due || lived < due) return true;
    for (const hold of this.#holds.values())
      if (hold.tenant === tenant && (hold.patientId === patientId || hold.studyUid === studyUid)) return true;
    return false;
  }

  #store(tenant: string, object: NonNullable<NeedsRecord["object"]>, released: number | undefined): void {
    if (released !== undefined) this.#held.delete(released);
    const instances = this.#instances.get(tenant) ?? new Map<string, Kept>();
    this.#instances.set(tenant, instances);
    const known = instances.get(object.sopInstanceUid);
    const kept = this.#kept(tenant, object);
    if (known) {
      known.series.members.delete(known);
      kept.segments = this.#list([...known.segments, ...kept.segments]);
    }
    instances.set(object.sopInstanceUid, kept);
    kept.series.members.add(kept);
  }

  #kept(tenant: string, object: NonNullable<NeedsRecord["object"]>): Kept {
    const { location, data } = object;
    const places = data ? [location.segment, data.segment] : [location.segment];
    for (const segment of places) this.#named.add(segment);
    return { series: this.#tree.at(tenant, object), segments: this.#list(places), hidden: undefined };
  }

  #list(segments: number[]): readonly number[] {
    const each = [...new Set(segments)];
    if (each.length > 1) return each;
    const [segment] = each as [number];
    const known = this.#alone.get(segment) ?? each;
    this.#alone.set(segment, known);
    return known;
  }

  #quarantine(segment: number): void {
    this.#named.add(segment);
    this.#always.add(segment);
  }

  #discard(entry: number, until: number | undefined): void {
    const kept = this.#held.get(entry);
    if (kept) kept.hidden = { at: this.#time, lived: this.#lived, until };
  }

  #show(tenant: string, target: Target, visible: boolean): void {
    for (const kept of this.#within(tenant, target)) {
      if (visible) kept.hidden = undefined;
      else kept.hidden ??= { at: this.#time, lived: this.#lived, until: target.retainUntil };
    }
  }

  #within(tenant: string, target: Target): Iterable<Kept> {
    const { patientId, studyUid, seriesUid, sopInstanceUid } = target;
    if (sopInstanceUid === undefined) return this.#tree.within(tenant, target);
    const one = this.#instances.get(tenant)?.get(sopInstanceUid);
    const fits =
      (patientId === undefined || one?.series.patientId === patientId) &&
      (studyUid === undefined || one?.series.studyUid === studyUid) &&
      (seriesUid === undefined || one?.series.seriesUid === seriesUid);
    return one && fits ? [one] : [];
  }

  #set({ collection, key, value }: { collection: string; key: string; value: unknown }): void {
    if (collection === "legal-holds") {
      if (value === null) this.#holds.delete(key);
      else this.#holds.set(key, value as Hold);
    }
    if (collection === "retention") this.#retention.set(key, (value as { days: number } | null)?.days ?? 0);
  }
}

const gap = (from: number, to: number): number => Math.min(Math.max(0, to - from), longestGap);
