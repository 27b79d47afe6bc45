/** One reading of a restored journal: which patients are treated, in what order their bytes are to come, and which entries tell of them. */
import type { Arrivals, SegmentPart } from "../../arrivals.ts";
import { type EntryPlace, readJournal } from "../../journal/reader.ts";
import type { Keyring } from "../../keys/keyring.ts";
import { type EarlyEntries, earlyEntries, type Patient } from "./early-entries.ts";
import { StoreTable } from "./store-table.ts";

/** RT Plan and RT Ion Plan (PS3.4 B.5). */
const planClasses = new Set(["1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.481.8"]);

/** Entries that change nothing in a catalogue. */
const passed = new Set(["access", "genesis", "quarantine"]);

interface Needed extends Patient {
  /** Entry of the newest plan; -1: none. */
  newestPlan: number;
  /** Parts of the arrivals in which plans lie, and all in which anything does. */
  plans: Set<number>;
  all: Set<number>;
}

export interface Survey {
  /** Indices of the arrivals' parts, treat-first; what belongs to no patient with a plan is not named. */
  order: Set<number>;
  /** Segments that were collected. */
  collected: Set<number>;
  /** Absent: the whole catalogue is there as soon. */
  early?: EarlyEntries;
}

interface Head {
  kind: string;
  event?: { tenant?: string };
  /** Of a collection. */
  segments?: number[];
  object?: {
    patientId: string;
    sopInstanceUid: string;
    sopClassUid: string;
    location: SegmentPart;
    data?: SegmentPart;
  };
}

/** Of the patients with plans, those with the newest plan first; their plans before all else. @throws HoldfastError storage/corrupt */
export async function surveyJournal(
  journalFolder: string,
  archive: string,
  keyring: Keyring,
  arrivals: Arrivals,
): Promise<Survey> {
  const byName = new Map<string, number>();
  const patients: Needed[] = [];
  const stores = new StoreTable();
  const others: EntryPlace[] = [];
  const collected = new Set<number>();
  let entries = 0;
  for await (const run of readJournal(journalFolder, archive, keyring)) {
    for (const { seq, payload, place } of run) {
      entries++;
      const { kind, event, object, segments = [] } = headOf(payload);
      for (const segment of segments) collected.add(segment);
      if (kind === "store" && object) {
        const name = `${event?.tenant ?? ""} ${object.patientId}`;
        const index = byName.get(name) ?? patients.push(unknown(object.patientId !== "")) - 1;
        byName.set(name, index);
        note(patients[index]!, object, seq, arrivals);
        stores.add(index, object.sopInstanceUid, place);
      } else if (!passed.has(kind)) others.push(place);
    }
  }
  const treated = [...patients.entries()]
    .filter(([, { newestPlan }]) => newestPlan >= 0)
    .sort(([, one], [, other]) => other.newestPlan - one.newestPlan);
  const order = new Set<number>();
  for (const [, { plans }] of treated) for (const part of plans) order.add(part);
  for (const [, { all }] of treated) for (const part of all) order.add(part);
  const early = earlyEntries({ patients, treated: treated.map(([index]) => index), stores, others, entries });
  return { order, collected, ...(early ? { early } : {}) };
}

const attributes = Buffer.from(',"attributes":{');

/** What stands before an object's attributes, which are most of an entry. A quote inside a JSON string is escaped: it cannot look like this. */
function headOf(payload: Buffer): Head {
  const at = payload.indexOf(attributes);
  if (at < 0) return JSON.parse(payload.toString("utf8")) as Head;
  try {
    return JSON.parse(`${payload.toString("utf8", 0, at)}}}`) as Head;
  } catch {
    return JSON.parse(payload.toString("utf8")) as Head;
  }
}

const unknown = (named: boolean): Needed => ({ named, newestPlan: -1, plans: new Set(), all: new Set(), objects: 0 });

function note(
  patient: Needed,
  { sopClassUid, location, data }: NonNullable<Head["object"]>,
  seq: number,
  arrivals: Arrivals,
): void {
  const isPlan = planClasses.has(sopClassUid);
  if (isPlan) patient.newestPlan = seq;
  patient.objects++;
  for (const place of data ? [location, data] : [location])
    for (const part of arrivals.partsOf(place)) {
      patient.all.add(part);
      if (isPlan) patient.plans.add(part);
    }
}
