/** Treat-first order: of the patients with plans, those with the newest plan first; their plans before all else. */
import type { Arrivals, SegmentPart } from "../../arrivals.ts";
import { readJournal } from "../../journal/reader.ts";
import type { Keyring } from "../../keys/keyring.ts";

/** RT Plan and RT Ion Plan (PS3.4 B.5). */
const planClasses = new Set(["1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.481.8"]);

interface StoreRecord {
  event?: { tenant?: string };
  object?: { patientId: string; sopClassUid: string; location: SegmentPart; data?: SegmentPart };
}

interface Needed {
  newestPlan: number;
  plans: Set<number>;
  all: Set<number>;
}

/** Indices of the arrivals' parts; what belongs to no such patient is not named. */
export async function treatFirst(
  journalFolder: string,
  archive: string,
  keyring: Keyring,
  arrivals: Arrivals,
): Promise<Set<number>> {
  const patients = new Map<string, Needed>();
  for await (const run of readJournal(journalFolder, archive, keyring)) {
    for (const { seq, payload } of run) {
      const { object, event } = JSON.parse(payload.toString("utf8")) as StoreRecord;
      if (object) note(patients, `${event?.tenant ?? ""} ${object.patientId}`, object, seq, arrivals);
    }
  }
  const treated = [...patients.values()]
    .filter(({ plans }) => plans.size > 0)
    .sort((one, other) => other.newestPlan - one.newestPlan);
  return new Set([...treated.flatMap(({ plans }) => [...plans]), ...treated.flatMap(({ all }) => [...all])]);
}

function note(
  patients: Map<string, Needed>,
  patient: string,
  { sopClassUid, location, data }: NonNullable<StoreRecord["object"]>,
  seq: number,
  arrivals: Arrivals,
): void {
  const needed = patients.get(patient) ?? { newestPlan: -1, plans: new Set(), all: new Set() };
  patients.set(patient, needed);
  const isPlan = planClasses.has(sopClassUid);
  if (isPlan) needed.newestPlan = seq;
  for (const place of data ? [location, data] : [location])
    for (const part of arrivals.partsOf(place)) {
      needed.all.add(part);
      if (isPlan) needed.plans.add(part);
    }
}
