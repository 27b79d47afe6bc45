/**
 * What the journal says is gone, and whether it was due: erasure and collection restated in the simplest words, entry by
 * entry. Nothing of the archive's own reckoning is used.
 */
import type { JournalRecord } from "../../src/catalogue/index.ts";
import type { Entry } from "./truth.ts";

const day = 86_400_000; // ms
/** A gap between two entries counts for so much at most. */
const longestGap = 7 * day;

interface Version {
  segments: number[];
  key: number;
}

interface Instance {
  tenant: string;
  patientId: string;
  studyUid: string;
  seriesUid: string;
  uid: string;
  versions: Map<number, Version>;
  hidden?: { at: number; lived: number; until: number };
}

interface Order {
  tenant: string;
  patientId: string;
  askedBy: string;
  confirmedBy?: string;
  dueAt?: number;
  doneAt?: number;
}

type Hold = { tenant: string; patientId?: string; studyUid?: string };
type Stored = Extract<JournalRecord, { kind: "store" }>["object"];
type Target = {
  patientId?: string;
  studyUid?: string;
  seriesUid?: string;
  sopInstanceUid?: string;
  retainUntil?: number;
};

export class Gone {
  /** The entry that says so, by `TENANT UID VERSION`; the first where there are two. */
  readonly versions = new Map<string, number>();
  /** What was not due, or came back. */
  readonly wrongs: string[] = [];
  /** Numbers of patients' keys that were destroyed. */
  readonly destroyed = new Set<number>();
  readonly #instances = new Map<string, Instance>();
  readonly #collected = new Set<number>();
  readonly #holds = new Map<string, Hold>();
  readonly #orders = new Map<string, Order>();
  readonly #days = new Map<string, number>();
  #time = 0;
  #lived = 0;

  constructor(entries: Entry[]) {
    for (const { seq, time, record } of entries) {
      if (seq > 0) this.#lived += Math.min(Math.max(0, time - this.#time), longestGap);
      this.#time = Math.max(this.#time, time);
      this.#read(seq, record);
    }
  }

  /** Of an instance, by `TENANT UID`. */
  touches(instance: string): boolean {
    const versions = this.#instances.get(instance)?.versions.keys() ?? [];
    return [...versions].some((version) => this.versions.has(`${instance} ${version}`));
  }

  #read(seq: number, record: JournalRecord): void {
    const tenant = ("event" in record && record.event?.tenant) || "default";
    if (record.kind === "store") this.#store(seq, tenant, record.object);
    else if (record.kind === "delete") this.#hide(tenant, record.target);
    else if (record.kind === "restore") this.#show(seq, tenant, record.target);
    else if (record.kind === "state") for (const change of record.changes) this.#set(change);
    else if (record.kind === "collect") for (const segment of record.segments) this.#collect(seq, segment);
    else if (record.kind === "keys" && record.destroyed) {
      const [patient] = record.event?.resources ?? [];
      this.#erase(seq, tenant, patient?.patient_id ?? "", record.destroyed);
    }
  }

  #store(seq: number, tenant: string, object: Stored): void {
    const { patientId, studyUid, seriesUid, sopInstanceUid: uid, version, location, data, key = 0 } = object;
    const segments = [location.segment, ...(data ? [data.segment] : [])];
    if (this.destroyed.has(key)) this.wrongs.push(`entry ${seq} stores under a key that was destroyed`);
    if (segments.some((segment) => this.#collected.has(segment)))
      this.wrongs.push(`entry ${seq} rests on what was collected`);
    const { versions = new Map() } = this.#instances.get(`${tenant} ${uid}`) ?? {};
    versions.set(version, { segments, key });
    this.#instances.set(`${tenant} ${uid}`, { tenant, patientId, studyUid, seriesUid, uid, versions });
  }

  #hide(tenant: string, target: Target): void {
    for (const instance of this.#named(tenant, target))
      instance.hidden ??= { at: this.#time, lived: this.#lived, until: target.retainUntil ?? Number.POSITIVE_INFINITY };
  }

  #show(seq: number, tenant: string, target: Target): void {
    for (const instance of this.#named(tenant, target)) {
      delete instance.hidden;
      const newest = [...instance.versions.values()].at(-1)!;
      if (newest.segments.some((segment) => this.#collected.has(segment)))
        this.wrongs.push(`entry ${seq} shows ${instance.uid}, which was collected`);
    }
  }

  #set({ collection, key, value }: { collection: string; key: string; value: unknown }): void {
    if (collection === "legal-holds") put(this.#holds, key, value as Hold | null);
    if (collection === "erasures") put(this.#orders, key, value as Order | null);
    if (collection === "retention") this.#days.set(key, (value as { days: number } | null)?.days ?? 0);
  }

  #collect(seq: number, segment: number): void {
    this.#collected.add(segment);
    for (const instance of this.#instances.values())
      for (const [version, { segments }] of instance.versions) {
        if (!segments.includes(segment)) continue;
        const why = this.#neededFor(instance);
        if (why) this.wrongs.push(`entry ${seq} collects segment ${segment}: ${instance.uid} ${why}`);
        this.#lose(seq, instance, version);
      }
  }

  /** Why an instance has to stay; undefined: it has not. */
  #neededFor({ tenant, patientId, studyUid, hidden }: Instance): string | undefined {
    if (!hidden) return "is seen";
    const least = (this.#days.get(tenant) ?? 0) * day;
    const due = Math.max(hidden.until - hidden.at, least);
    if (this.#time - hidden.at < due || this.#lived - hidden.lived < due) return "was hidden not long ago";
    return this.#isHeld(tenant, patientId, [studyUid]) ? "is on hold" : undefined;
  }

  #erase(seq: number, tenant: string, patientId: string, numbers: number[]): void {
    const orders = [...this.#orders.values()].filter(
      (order) =>
        order.tenant === tenant &&
        order.patientId === patientId &&
        order.doneAt === undefined &&
        order.confirmedBy !== undefined &&
        order.confirmedBy !== order.askedBy &&
        order.dueAt! <= this.#time,
    );
    if (orders.length === 0) this.wrongs.push(`entry ${seq} erases ${patientId} of ${tenant}, which nobody ordered`);
    for (const number of numbers) this.destroyed.add(number);
    const studies: string[] = [];
    for (const instance of this.#instances.values()) {
      const theirs = instance.tenant === tenant && instance.patientId === patientId;
      if (theirs) studies.push(instance.studyUid);
      for (const [version, { key }] of instance.versions) {
        if (theirs !== this.destroyed.has(key) && (theirs || numbers.includes(key)))
          this.wrongs.push(`entry ${seq} erases ${patientId}: ${instance.uid} of ${instance.patientId} is otherwise`);
        if (numbers.includes(key)) this.#lose(seq, instance, version);
      }
    }
    if (this.#isHeld(tenant, patientId, studies)) this.wrongs.push(`entry ${seq} erases ${patientId}, who is on hold`);
  }

  #isHeld(tenant: string, patientId: string, studies: string[]): boolean {
    return [...this.#holds.values()].some(
      (hold) =>
        hold.tenant === tenant && (hold.patientId === patientId || studies.includes(hold.studyUid ?? "no study")),
    );
  }

  #lose(seq: number, { tenant, uid }: Instance, version: number): void {
    const name = `${tenant} ${uid} ${version}`;
    if (!this.versions.has(name)) this.versions.set(name, seq);
  }

  #named(tenant: string, { patientId, studyUid, seriesUid, sopInstanceUid }: Target): Instance[] {
    return [...this.#instances.values()].filter(
      (each) =>
        each.tenant === tenant &&
        (patientId === undefined || each.patientId === patientId) &&
        (studyUid === undefined || each.studyUid === studyUid) &&
        (seriesUid === undefined || each.seriesUid === seriesUid) &&
        (sopInstanceUid === undefined || each.uid === sopInstanceUid),
    );
  }
}

function put<T>(into: Map<string, T>, key: string, value: T | null): void {
  if (value === null) into.delete(key);
  else into.set(key, value);
}
