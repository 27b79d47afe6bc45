import type { StoredObject } from "../../catalogue/index.ts";
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
import type { Recoverable } from "../archive.ts";

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
  report(suspicion: Suspicion, tenant?: string): Promise<DamageReport>;
  plan(suspicion: Suspicion, tenant?: string): Promise<UndoPlan>;
  /** The objects that these entries stored, by entry. */
  objects(entries: number[]): Promise<Map<number, StoredObject>>;
}

/** On the thread that asks. */
export const assessor = (archive: Source): Assessor => ({
  report: async (suspicion, tenant) => reportOf(await assess(archive, suspicion, tenant)),
  plan: async (suspicion, tenant) => planUndo(await assess(archive, suspicion, tenant)),
  async objects(entries) {
    const wanted = new Set(entries);
    const found = new Map<number, StoredObject>();
    if (wanted.size === 0) return found;
    for await (const { seq, record } of archive.journal()) {
      if (record.kind === "store" && wanted.has(seq)) found.set(seq, record.object);
      if (found.size === wanted.size) break;
    }
    return found;
  },
});
