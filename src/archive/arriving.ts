/** An archive that is read while a restore into its folder goes on. */
import type { StoredObject } from "../catalogue/index.ts";
import { HoldfastError } from "../core/index.ts";
import type { Arrivals, EntryPlace, SegmentPart } from "../vault/index.ts";
import type { InstanceRef } from "./types.ts";

export interface Arriving {
  arrivals: Arrivals;
  /** These parts of the arrivals are asked for: they are to come before others. */
  hurry(parts: number[]): void;
  /** Entries of a small catalogue that is made before the whole one; resolves to undefined when there is to be none. */
  early?: Promise<{ places: EntryPlace[] } | undefined>;
}

export function placesOf(ref: InstanceRef): SegmentPart[] {
  const { location, data } = ref.location as Pick<StoredObject, "location" | "data">;
  return data ? [location, data] : [location];
}

/** What is missing of these is asked for. @throws HoldfastError storage/arriving */
export function assertArrived(arriving: Arriving, places: SegmentPart[]): void {
  const { arrivals } = arriving;
  const missing = new Set(
    places.flatMap((place) => arrivals.partsOf(place)).filter((part) => !arrivals.isReadable(part)),
  );
  if (missing.size === 0) return;
  arriving.hurry([...missing]);
  throw new HoldfastError("storage/arriving");
}
