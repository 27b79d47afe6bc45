/** Legal holds: what a court or an authority may ask for stays visible, whoever wants it deleted. */
import { HoldfastError } from "../core/index.ts";
import type { InstanceRef } from "./types.ts";

/** The collection of settings that holds lie in, by id, and by TENANT/ID outside the default tenant. */
export const legalHolds = "legal-holds";

export interface LegalHold {
  id: string;
  tenant: string;
  /** The whole patient, or one study: one of the two. */
  patientId?: string;
  studyUid?: string;
  reason: string;
  setBy: string;
  /** ms since 1970. */
  since: number;
}

/** @throws HoldfastError storage/hold when one of the instances is on hold */
export function assertNotHeld(
  holds: ReadonlyMap<string, unknown>,
  tenant: string,
  found: readonly Pick<InstanceRef, "patientId" | "studyUid">[],
): void {
  const [patients, studies] = [new Set<string>(), new Set<string>()];
  for (const hold of holds.values() as Iterable<LegalHold>) {
    if (hold.tenant !== tenant) continue;
    if (hold.patientId !== undefined) patients.add(hold.patientId);
    if (hold.studyUid !== undefined) studies.add(hold.studyUid);
  }
  if (found.some(({ patientId, studyUid }) => patients.has(patientId) || studies.has(studyUid)))
    throw new HoldfastError("storage/hold");
}
