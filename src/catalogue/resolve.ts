/** Finds the instances a target names, page by page, and the versions of one instance. */
import { open } from "./schema.ts";
import type { StatementCache } from "./statements.ts";
import type { InstanceRef, Target, VaultLocation } from "./types.ts";

const columns = `
  patient.patient_id, study.uid, series.uid, i.uid, class.text, syntax.text, i.version, i.header_size, i.data_size,
  i.digest, i.frames, i.stored_at, i.segment, i.offset, i.length, i.data_segment, i.data_offset, i.data_length,
  i.to_seq, i.deleted`;
const tables = `
  CROSS JOIN uid AS class ON class.id = i.class CROSS JOIN uid AS syntax ON syntax.id = i.syntax`;

type Row = [...(string | number | Uint8Array | null)[]];

export interface Page {
  /** The last instance of the page before. */
  after?: InstanceRef;
  limit: number;
}

/** Ordered by the rows of patient, study and series, then by SOP Instance UID within a series. */
export function resolveTarget(
  statements: StatementCache,
  target: Target,
  seq: number | undefined,
  page?: Page,
): InstanceRef[] {
  const values: (string | number)[] = [seq ?? open - 1];
  const bind = (value: string | number): string => `?${values.push(value)}`;
  const conditions =
    target.version === undefined
      ? ["i.from_seq <= ?1 AND i.to_seq > ?1"]
      : [`i.version = ${bind(target.version)} AND i.from_seq <= ?1`];
  if (target.patientId !== undefined) conditions.push(`patient.patient_id = ${bind(target.patientId)}`);
  for (const [column, list] of [
    ["study.uid", target.studyUid],
    ["series.uid", target.seriesUid],
    ["i.uid", target.sopInstanceUid],
  ] as const)
    if (list) conditions.push(`${column} IN (${list.map(bind).join(", ")})`);
  const sql = `
    SELECT ${columns} FROM ${path(target)} ${tables} WHERE ${conditions.join(" AND ")}
    ORDER BY series.uid, i.number, i.uid, i.id`;
  const rows = statements.get(sql).all(...values) as unknown as Row[];
  const refs = rows.map(refOf);
  const start = page?.after ? refs.findIndex((ref) => ref.sopInstanceUid === page.after!.sopInstanceUid) + 1 : 0;
  return page ? refs.slice(start, start + page.limit) : refs.slice(start);
}

function path({ sopInstanceUid, seriesUid, studyUid }: Target): string {
  const up = `CROSS JOIN study ON study.id = series.parent CROSS JOIN patient ON patient.id = study.parent`;
  if (sopInstanceUid) return `instance AS i CROSS JOIN series ON series.id = i.parent ${up}`;
  if (seriesUid) return `series ${up} CROSS JOIN instance AS i ON i.parent = series.id`;
  const down = `CROSS JOIN series ON series.parent = study.id CROSS JOIN instance AS i ON i.parent = series.id`;
  if (studyUid) return `study CROSS JOIN patient ON patient.id = study.parent ${down}`;
  return `patient CROSS JOIN study ON study.parent = patient.id ${down}`;
}

function refOf(row: Row): InstanceRef {
  const [patientId, studyUid, seriesUid, sopInstanceUid, sopClassUid, transferSyntaxUid] = row as string[];
  const [version, headerSize, dataSetSize] = row.slice(6, 9) as number[];
  const [frames, storedAt, segment, offset, length, dataSegment, dataOffset, dataLength] = row.slice(
    10,
    18,
  ) as number[];
  const location: VaultLocation = { segment: segment!, offset: offset!, length: length! };
  const data = dataSegment === null ? undefined : { segment: dataSegment!, offset: dataOffset!, length: dataLength! };
  return {
    patientId: patientId!,
    studyUid: studyUid!,
    seriesUid: seriesUid!,
    sopInstanceUid: sopInstanceUid!,
    sopClassUid: sopClassUid!,
    transferSyntaxUid: transferSyntaxUid!,
    version: version!,
    headerSize: headerSize!,
    dataSetSize: dataSetSize!,
    digest: Buffer.from(row[9] as Uint8Array).toString("hex"),
    frames: frames!,
    storedAt: storedAt!,
    location: { location, ...(data ? { data } : {}) },
  };
}

const versionsSql = `
  SELECT ${columns} FROM ${path({ sopInstanceUid: [] })} ${tables} WHERE i.uid = ?1 ORDER BY i.id`;

/** All versions, oldest first; one that was hidden and restored is told as it is now. */
export function versionsOf(
  statements: StatementCache,
  sopInstanceUid: string,
): (InstanceRef & { current: boolean; deletedAt?: number })[] {
  const versions = new Map<number, InstanceRef & { current: boolean; deletedAt?: number }>();
  for (const row of statements.get(versionsSql).all(sopInstanceUid) as unknown as Row[]) {
    const ref = refOf(row);
    const [toSeq, deletedAt] = row.slice(18, 20) as number[];
    versions.set(ref.version, {
      ...ref,
      current: toSeq === open,
      ...(deletedAt! > 0 ? { deletedAt: deletedAt! } : {}),
    });
  }
  return [...versions.values()];
}
