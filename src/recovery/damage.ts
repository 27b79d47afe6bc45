/**
 * Blast radius: what one principal, or those of one incident, read, changed, hid or removed in a span of time, and what provably not. A pure
 * function over the journal's entries; nothing else is asked.
 */
import type { JournalEntry } from "../catalogue/index.ts";
import type { AccessEvent, Resource } from "../core/index.ts";
import { defaultTenant } from "../gate/index.ts";
import { type Held, Holdings } from "./holdings.ts";
import { matcher, type Selector } from "./selector.ts";

export interface Suspicion {
  /** Whoever of them did it. */
  principals: Selector[];
  /** The incident in which they were named. */
  incident?: string;
  /** By the journal's own time, ms since 1970, both inclusive. */
  from: number;
  to: number;
}

export const effects = ["read", "created", "changed", "hidden", "shown"] as const;
export type Effect = (typeof effects)[number];

export interface Touch {
  effect: Effect;
  /** Journal entry and its time, ms since 1970. */
  entry: number;
  time: number;
  /** Which version was read, stored, hidden or shown. */
  version: number;
  /** The version that a changed one took the place of. */
  replaced?: number;
}

export interface Touched {
  held: Held;
  touches: Touch[];
}

export interface Damage {
  suspicion: Suspicion;
  /** Entries of the principal in the span. */
  entries: number;
  first?: number;
  last?: number;
  objects: Touched[];
  /** Searches show attributes of what they match; the journal keeps what was asked and how many matched, not which. */
  searches: { entry: number; time: number; tenant: string; matches: number }[];
  /** Tried and refused or failed. */
  refused: number;
  /** Entries that gave out objects without naming them: of their clinic nothing can be proved unread. */
  unbounded: { entry: number; time: number; tenant: string }[];
  holdings: Holdings;
}

/** An event names at most this many resources; a full list may be cut off. */
const mostResources = 1_000;

const reading = new Set<AccessEvent["activity"]>(["read", "export"]);

export class DamageReader {
  readonly #damage: Damage;
  readonly #objects = new Map<Held, Touched>();
  readonly #isTheirs: (event: AccessEvent) => boolean;

  constructor(suspicion: Suspicion) {
    this.#isTheirs = matcher(...suspicion.principals);
    this.#damage = {
      suspicion,
      entries: 0,
      objects: [],
      searches: [],
      refused: 0,
      unbounded: [],
      holdings: new Holdings(),
    };
  }

  /** In order, from the first entry on. */
  read(entry: JournalEntry): void {
    const { record, seq, time } = entry;
    if (!("event" in record)) return;
    const { event } = record;
    const { from, to } = this.#damage.suspicion;
    const theirs = time >= from && time <= to && this.#isTheirs(event);
    if (theirs) this.#count(seq);
    const { holdings } = this.#damage;
    const tenant = event.tenant ?? defaultTenant;
    if (record.kind === "store") {
      const { held, replaced } = holdings.store(tenant, record.object, seq, theirs);
      if (theirs && replaced) this.#touch(held, entry, "changed", replaced.version);
      else if (theirs) this.#touch(held, entry, "created");
    } else if (record.kind === "delete" || record.kind === "restore") {
      const visible = record.kind === "restore";
      const changed = holdings.setVisible(tenant, record.target, visible, theirs, time);
      if (theirs) for (const held of changed) this.#touch(held, entry, visible ? "shown" : "hidden");
    } else if (theirs && record.kind === "access") this.#access(entry, event, tenant);
  }

  end(): Damage {
    this.#damage.objects = [...this.#objects.values()];
    return this.#damage;
  }

  #count(seq: number): void {
    this.#damage.entries++;
    this.#damage.first ??= seq;
    this.#damage.last = seq;
  }

  #access(entry: JournalEntry, event: AccessEvent, tenant: string): void {
    const { seq, time } = entry;
    if (event.status === "denied" || event.status === "failure") this.#damage.refused++;
    else if (event.activity === "query")
      this.#damage.searches.push({ entry: seq, time, tenant, matches: event.count?.objects ?? 0 });
    else if (reading.has(event.activity)) this.#read(entry, event, tenant);
  }

  #read(entry: JournalEntry, event: AccessEvent, tenant: string): void {
    const resources = event.resources ?? [];
    const named = resources.length > 0 && resources.length < mostResources && resources.every(isNamed);
    if (!named) this.#damage.unbounded.push({ entry: entry.seq, time: entry.time, tenant });
    const seen = new Set<Held>();
    for (const resource of resources)
      for (const held of this.#damage.holdings.within(tenant, targetOf(resource)))
        if (!seen.has(held) && wasSeen(held, event)) {
          seen.add(held);
          this.#touch(held, entry, "read");
        }
  }

  #touch(held: Held, { seq, time }: JournalEntry, effect: Effect, replaced?: number): void {
    const touched = this.#objects.get(held) ?? { held, touches: [] };
    this.#objects.set(held, touched);
    const { version } = held;
    touched.touches.push({ effect, entry: seq, time, version, ...(replaced === undefined ? {} : { replaced }) });
  }
}

/** An event is journaled when the read has ended: what was hidden meanwhile had been there. */
function wasSeen({ visible, hiddenAt = Number.NEGATIVE_INFINITY }: Held, event: AccessEvent): boolean {
  return visible || event.as_of !== undefined || hiddenAt >= Date.parse(event.time);
}

const isNamed = (resource: Resource): boolean => Object.values(targetOf(resource)).some((value) => value !== undefined);

function targetOf({ patient_id, study_uid, series_uid, sop_instance_uid }: Resource) {
  // Below the patient a UID names alone: an event may give the Patient ID of one of several that share it.
  const byUid = study_uid ?? series_uid ?? sop_instance_uid;
  return {
    ...(byUid === undefined && patient_id !== undefined ? { patientId: patient_id } : {}),
    ...(study_uid ? { studyUid: study_uid } : {}),
    ...(series_uid ? { seriesUid: series_uid } : {}),
    ...(sop_instance_uid ? { sopInstanceUid: sop_instance_uid } : {}),
  };
}
