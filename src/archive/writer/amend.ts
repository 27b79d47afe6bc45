/**
 * Repairs: records that are written only where the instance still is as it was when the repair was planned, and
 * its bytes are still there.
 */
import type { CatalogueWriter, CurrentInstance } from "../../catalogue/index.ts";
import { appendRecords, type Stores } from "./commit.ts";
import type { Amendment } from "./protocol.ts";

/** Makes durable what can be made; returns the places of those that somebody else was before. */
export async function amend(
  stores: Pick<Stores, "journal" | "catalogue" | "now">,
  amendments: Amendment[],
): Promise<number[]> {
  const collected = stores.catalogue.collected();
  const made = amendments.map((amendment) => stillHolds(stores.catalogue, amendment, collected));
  await appendRecords(
    stores,
    amendments.filter((_, index) => made[index]).map(({ record }) => record),
  );
  return made.flatMap((holds, index) => (holds ? [] : [index]));
}

function stillHolds(catalogue: CatalogueWriter, amendment: Amendment, collected: ReadonlySet<number>): boolean {
  const { tenant, sopInstanceUid, expected, record } = amendment;
  const now = catalogue.current(sopInstanceUid, tenant);
  if (now === undefined || now.version !== expected.version || now.deleted === expected.visible) return false;
  const key = record.kind === "store" ? (record.object.key ?? 0) : 0;
  if (key !== 0 && catalogue.keys.patientKey(key)?.wrapped === undefined) return false;
  return !needsOf(record, now).some((segment) => collected.has(segment));
}

/** Segments whose bytes would be seen again: what was collected does not come back. */
function needsOf(record: Amendment["record"], now: CurrentInstance): number[] {
  if (record.kind === "restore") return now.segments ?? [];
  if (record.kind === "delete") return [];
  const { location, data } = record.object;
  return data ? [location.segment, data.segment] : [location.segment];
}
