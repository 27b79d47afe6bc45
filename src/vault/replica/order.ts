/** Treat-first order: segments with the objects of patients with recent plans come before all others. */

import { readJournal } from "../journal/reader.ts";
import type { Keyring } from "../keys/keyring.ts";
import { segmentFile } from "../layout.ts";

/** RT Plan and RT Ion Plan (PS3.4 B.5). */
const plans = new Set(["1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.481.8"]);

interface Place {
  segment: number;
}
interface StoreRecord {
  kind: string;
  event?: { tenant?: string };
  object?: { patientId: string; sopClassUid: string; location: Place; data?: Place };
}

/** Paths of segments below the data folder, by the newest plan of the patients in them; the rest is not named. */
export async function treatFirst(journalFolder: string, archive: string, keyring: Keyring): Promise<string[]> {
  const newestPlan = new Map<string, number>();
  const segments = new Map<string, Set<number>>();
  for await (const run of readJournal(journalFolder, archive, keyring)) {
    for (const { seq, payload } of run) {
      const { object, event } = JSON.parse(payload.toString("utf8")) as StoreRecord;
      if (!object) continue;
      const patient = `${event?.tenant ?? ""} ${object.patientId}`;
      const places = segments.get(patient) ?? new Set();
      segments.set(patient, places.add(object.location.segment));
      if (object.data) places.add(object.data.segment);
      if (plans.has(object.sopClassUid)) newestPlan.set(patient, seq);
    }
  }
  const patients = [...newestPlan].sort(([, a], [, b]) => b - a).map(([patient]) => patient);
  const ordered = new Set(patients.flatMap((patient) => [...segments.get(patient)!]));
  return [...ordered].map((segment) => `vault/${segmentFile(segment)}`);
}
