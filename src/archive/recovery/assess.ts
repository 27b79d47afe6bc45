import type { JournalEntry, StoredObject } from "../../catalogue/index.ts";
import type { AccessEvent } from "../../core/index.ts";
import { defaultTenant } from "../../gate/index.ts";
import {
  type Damage,
  DamageReader,
  type DamageReport,
  planUndo,
  reportOf,
  type Suspicion,
  type UndoPlan,
} from "../../recovery/index.ts";
import type { Recoverable } from "../open-archive.ts";

type Source = Pick<Recoverable, "journal">;

/** Reads the whole journal: who was touched follows from what was there before. `tenant`: of this clinic alone. */
export async function assess(archive: Source, suspicion: Suspicion, tenant?: string): Promise<Damage> {
  const reader = new DamageReader(suspicion);
  for await (const entry of archive.journal()) {
    const { record } = entry;
    const of = ("event" in record && record.event.tenant) || defaultTenant;
    if (tenant === undefined || tenant === of) reader.read(entry);
  }
  return reader.end();
}

/** What recovery asks of a journal. */
export interface Assessor {
  /** @param only `figures`: without the objects, searches and patients one by one */
  report(suspicion: Suspicion, tenant?: string, only?: "figures"): Promise<DamageReport>;
  plan(suspicion: Suspicion, tenant?: string): Promise<UndoPlan>;
  /** The objects that these entries stored, by entry. */
  objects(entries: number[]): Promise<Map<number, StoredObject>>;
  /** The access events in these entries, by entry. */
  events(entries: number[]): Promise<Map<number, AccessEvent>>;
}

/** On the thread that asks. */
export const assessor = (archive: Source): Assessor => ({
  report: async (suspicion, tenant, only) => reportOf(await assess(archive, suspicion, tenant), only),
  plan: async (suspicion, tenant) => planUndo(await assess(archive, suspicion, tenant)),
  objects: (entries) => gather(archive, entries, ({ record }) => (record.kind === "store" ? record.object : undefined)),
  events: (entries) => gather(archive, entries, ({ record }) => ("event" in record ? record.event : undefined)),
});

/** What `take` finds in these entries, by entry; the journal is read from the first to the last of them. */
async function gather<T>(
  archive: Source,
  entries: number[],
  take: (entry: JournalEntry) => T | undefined,
): Promise<Map<number, T>> {
  const found = new Map<number, T>();
  if (entries.length === 0) return found;
  const wanted = new Set(entries);
  const ordered = [...wanted].sort((one, other) => one - other);
  for await (const entry of archive.journal(ordered[0])) {
    const taken = wanted.has(entry.seq) ? take(entry) : undefined;
    if (taken !== undefined) found.set(entry.seq, taken);
    if (entry.seq >= ordered.at(-1)!) break;
  }
  return found;
}
