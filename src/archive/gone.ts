/** What is named still, and cannot be read any more: it was erased, or its storage given back. */
import type { CatalogueReader, StoredObject } from "../catalogue/index.ts";
import { HoldfastError } from "../core/index.ts";
import { placesOf } from "./arriving.ts";
import type { InstanceRef } from "./types.ts";

/** @throws HoldfastError storage/erased, storage/collected */
export function assertNotGone(catalogue: CatalogueReader, refs: readonly InstanceRef[]): void {
  const keys = new Set(refs.map(({ location }) => (location as Pick<StoredObject, "key">).key ?? 0));
  for (const key of keys)
    if (key !== 0 && catalogue.keys.patientKey(key)?.wrapped === undefined) throw new HoldfastError("storage/erased");
  const segments = new Set(refs.flatMap(placesOf).map(({ segment }) => segment));
  for (const segment of segments) if (catalogue.isCollected(segment)) throw new HoldfastError("storage/collected");
}
