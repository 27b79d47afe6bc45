/**
 * Which segments hold what has to be kept, from the journal's records alone. A version is to be kept while its instance is
 * visible, or hidden by a tombstone whose retention has not passed, or on legal hold; what was quarantined or is held back
 * always. Old versions of an instance go with it and not before.
 *
 * Retention has passed when the clock says so and the journal has lived through it: a gap between two entries counts for a
 * week at most, so that a clock that jumps ahead makes nothing old.
 */

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

interface Kept {
  tenant: string;
  patientId: string;
  studyUid: string;
  seriesUid: string;
  segments: number[];
  hidden?: Hidden;
}

interface Hold {
  tenant: string;
  patientId?: string;
  studyUid?: string;
}

export class Needs {
  readonly #instances = new Map<string, Kept>();
  /** By `TENANT pPATIENT`, `TENANT sSTUDY`, `TENANT eSERIES`. */
  readonly #members = new Map<string, Set<Kept>>();
  /** By the entry that held it back. */
  readonly #held = new Map<number, Kept>();
  readonly #always = new Set<number>();
  readonly #named = new Set<number>();
  readonly #collected = new Set<number>();
  readonly #holds = new Map<string, Hold>();
  /** Days, by tenant. */
  readonly #retention = new Map<string, number>();
  readonly #texts = new Map<string, string>();
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
    else if (record.kind === "quarantine") this.#always.add(this.#name(record.location!.segment));
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
    yield* this.#instances.values();
    yield* this.#held.values();
  }

  #isNeeded({ tenant, patientId, studyUid, hidden }: Kept, now: number): boolean {
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
    const key = `${tenant} ${object.sopInstanceUid}`;
    const known = this.#instances.get(key);
    const stored = this.#kept(tenant, object);
    if (known) this.#leave(known);
    const kept = known ? { ...stored, segments: union(known.segments, stored.segments) } : stored;
    this.#instances.set(key, kept);
    for (const name of membersOf(kept)) {
      const members = this.#members.get(name);
      if (members) members.add(kept);
      else this.#members.set(name, new Set([kept]));
    }
  }

  #kept(tenant: string, object: NonNullable<NeedsRecord["object"]>): Kept {
    const { location, data, patientId, studyUid, seriesUid } = object;
    const places = data ? [location.segment, data.segment] : [location.segment];
    const [t, p, s, e] = [tenant, patientId, studyUid, seriesUid].map((text) => this.#text(text));
    const segments = union(
      places.map((segment) => this.#name(segment)),
      [],
    );
    return { tenant: t!, patientId: p!, studyUid: s!, seriesUid: e!, segments };
  }

  #discard(entry: number, until: number | undefined): void {
    const kept = this.#held.get(entry);
    if (kept) kept.hidden = { at: this.#time, lived: this.#lived, until };
  }

  #show(tenant: string, target: Target, visible: boolean): void {
    for (const kept of this.#within(tenant, target)) {
      if (visible) delete kept.hidden;
      else kept.hidden ??= { at: this.#time, lived: this.#lived, until: target.retainUntil };
    }
  }

  #within(tenant: string, { patientId, studyUid, seriesUid, sopInstanceUid }: Target): Kept[] {
    const name = seriesUid !== undefined ? `e${seriesUid}` : studyUid !== undefined ? `s${studyUid}` : `p${patientId}`;
    const one = sopInstanceUid === undefined ? undefined : this.#instances.get(`${tenant} ${sopInstanceUid}`);
    const some = sopInstanceUid === undefined ? [...(this.#members.get(`${tenant} ${name}`) ?? [])] : one ? [one] : [];
    return some.filter(
      (kept) =>
        (patientId === undefined || kept.patientId === patientId) &&
        (studyUid === undefined || kept.studyUid === studyUid) &&
        (seriesUid === undefined || kept.seriesUid === seriesUid),
    );
  }

  #set({ collection, key, value }: { collection: string; key: string; value: unknown }): void {
    if (collection === "legal-holds") {
      if (value === null) this.#holds.delete(key);
      else this.#holds.set(key, value as Hold);
    }
    if (collection === "retention") this.#retention.set(key, (value as { days: number } | null)?.days ?? 0);
  }

  #leave(kept: Kept): void {
    for (const name of membersOf(kept)) this.#members.get(name)?.delete(kept);
  }

  #name(segment: number): number {
    this.#named.add(segment);
    return segment;
  }

  /** One copy of each identifier, however many instances share it. */
  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }
}

const gap = (from: number, to: number): number => Math.min(Math.max(0, to - from), longestGap);

const union = (one: number[], other: number[]): number[] => [...new Set([...one, ...other])];

const membersOf = ({ tenant, patientId, studyUid, seriesUid }: Kept): string[] => [
  `${tenant} p${patientId}`,
  `${tenant} s${studyUid}`,
  `${tenant} e${seriesUid}`,
];
