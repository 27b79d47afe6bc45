/**
 * The entries from which a small catalogue is made before the whole one: all that changes what the archive is run by, and the
 * patients with the newest plans, each of them whole.
 */
import type { EntryPlace } from "../../journal/reader.ts";
import type { StoreTable } from "./store-table.ts";

/** Up to so many entries the whole catalogue is there as soon. */
const fewEntries = 10_000;
/** Objects that are catalogued in about two seconds. */
const mostObjects = 5_000;

export interface Patient {
  /** Has an ID; objects without one belong to nobody. */
  named: boolean;
  objects: number;
}

export interface EarlyEntries {
  /** In the order of the journal. */
  places: EntryPlace[];
  patients: number;
}

export interface Surveyed {
  patients: Patient[];
  /** Indices of patients with plans, the newest plan first. */
  treated: number[];
  stores: StoreTable;
  /** Entries that change a catalogue and store nothing. */
  others: EntryPlace[];
  entries: number;
}

/** Undefined when nobody is treated, when it would spare no time, or when so many patients share objects that no few are whole. */
export function earlyEntries({ patients, treated, stores, others, entries }: Surveyed): EarlyEntries | undefined {
  if (entries <= fewEntries) return undefined;
  const chosen = choose(patients, treated);
  if (chosen.size === 0 || !complete(chosen, patients, stores)) return undefined;
  const places = [...others];
  for (let index = 0; index < stores.length; index++)
    if (chosen.has(stores.patientOf(index))) places.push(stores.placeOf(index));
  places.sort((one, other) => one.file - other.file || one.at - other.at);
  return { places, patients: chosen.size };
}

/** Patients as long as there is room for all of their objects. */
function choose(patients: Patient[], treated: number[]): Set<number> {
  const chosen = new Set<number>();
  let room = mostObjects;
  for (const index of treated) {
    const { objects, named } = patients[index]!;
    if (!named || objects > room) continue;
    room -= objects;
    chosen.add(index);
  }
  return chosen;
}

/**
 * A SOP Instance UID that was stored for two patients counts for the later: who shares one with a chosen patient is chosen
 * too. False: there is no end to it.
 */
function complete(chosen: Set<number>, patients: Patient[], stores: StoreTable): boolean {
  for (let before = 0; before !== chosen.size; ) {
    before = chosen.size;
    const instances = new Set<number>();
    for (let index = 0; index < stores.length; index++)
      if (chosen.has(stores.patientOf(index))) instances.add(stores.instanceOf(index));
    for (let index = 0; index < stores.length; index++)
      if (instances.has(stores.instanceOf(index))) chosen.add(stores.patientOf(index));
    const objects = [...chosen].reduce((sum, index) => sum + patients[index]!.objects, 0);
    if (objects > 2 * mostObjects) return false;
  }
  return true;
}
