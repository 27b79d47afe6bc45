/** Instances by their UID. */
import { open } from "../schema.ts";
import type { StatementCache } from "../statements.ts";
import type { InstanceRef, Target } from "../types.ts";
import { type Place, type RefMaker, type Row, refColumnCount, refColumns } from "./row.ts";

const path = `instance AS i CROSS JOIN series ON series.id = i.parent CROSS JOIN study ON study.id = series.parent
  CROSS JOIN patient ON patient.id = study.parent`;
const columns = `${refColumns}, patient.patient_id, study.uid, series.uid, i.to_seq, i.deleted`;
const visible = "i.from_seq <= ?2 AND i.to_seq > ?2";

const visibleRow = `SELECT ${columns} FROM ${path} WHERE i.uid = ?1 AND ${visible}`;
const allRows = `SELECT ${columns} FROM ${path} WHERE i.uid = ?1 ORDER BY i.id`;
/** A version that a newer one replaced; those a tombstone hides are hidden under their number too. */
const versionRow = `
  SELECT ${columns} FROM ${path}
  WHERE i.uid = ?1 AND i.version = ?3 AND i.from_seq <= ?2 AND (i.deleted = 0 OR i.to_seq > ?2)
    AND EXISTS (SELECT 1 FROM instance AS i WHERE i.uid = ?1 AND ${visible})
  ORDER BY i.id DESC LIMIT 1`;

/** The instances with these UIDs that the rest of the target allows, in order of the UIDs asked for. */
export function resolvePoints(
  statements: StatementCache,
  refs: RefMaker,
  target: Target & { sopInstanceUid: string[] },
  seq: number,
): InstanceRef[] {
  const { version } = target;
  const statement = statements.get(version === undefined ? visibleRow : versionRow);
  const found: InstanceRef[] = [];
  for (const uid of new Set(target.sopInstanceUid)) {
    const row = version === undefined ? statement.get(uid, seq) : statement.get(uid, seq, version);
    if (!row) continue;
    const ref = refs.make(row as unknown as Row, placeOf(row as unknown as Row));
    if (isIn(ref, target)) found.push(ref);
  }
  return found;
}

function placeOf(row: Row): Place {
  const [patientId, studyUid, seriesUid] = row.slice(refColumnCount) as [string, string, string];
  return { patientId, studyUid, seriesUid };
}

function isIn(ref: InstanceRef, { patientId, studyUid, seriesUid }: Target): boolean {
  return (
    (patientId === undefined || ref.patientId === patientId) &&
    (studyUid?.includes(ref.studyUid) ?? true) &&
    (seriesUid?.includes(ref.seriesUid) ?? true)
  );
}

export type Version = InstanceRef & { current: boolean; deletedAt?: number };

/** All versions, oldest first; one that was hidden and restored is told as it is now. */
export function versionsOf(statements: StatementCache, refs: RefMaker, sopInstanceUid: string): Version[] {
  const versions = new Map<number, Version>();
  for (const row of statements.get(allRows).all(sopInstanceUid) as unknown as Row[]) {
    const ref = refs.make(row, placeOf(row));
    const [toSeq, deletedAt] = row.slice(refColumnCount + 3) as [number, number];
    versions.set(ref.version, { ...ref, current: toSeq === open, ...(deletedAt > 0 ? { deletedAt } : {}) });
  }
  return [...versions.values()];
}
