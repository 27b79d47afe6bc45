/** Repairs: records that are written only where the instance still is as it was when the repair was planned. */
import type { CatalogueWriter } from "../../catalogue/index.ts";
import { appendRecords, type Stores } from "./commit.ts";
import type { Amendment } from "./protocol.ts";

/** Makes durable what can be made; returns the places of those that somebody else was before. */
export async function amend(
  stores: Pick<Stores, "journal" | "catalogue" | "now">,
  amendments: Amendment[],
): Promise<number[]> {
  const made = amendments.map((amendment) => stillHolds(stores.catalogue, amendment));
  await appendRecords(
    stores,
    amendments.filter((_, index) => made[index]).map(({ record }) => record),
  );
  return made.flatMap((holds, index) => (holds ? [] : [index]));
}

function stillHolds(catalogue: CatalogueWriter, { tenant, sopInstanceUid, expected }: Amendment): boolean {
  const now = catalogue.current(sopInstanceUid, tenant);
  return now !== undefined && now.version === expected.version && now.deleted !== expected.visible;
}
