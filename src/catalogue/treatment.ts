/** Patients with recent plans or treatment records: PS3.3 A.20, A.49 (plans), A.29, A.50 and A.30 (records). */
import type { StatementCache } from "./statements.ts";

export interface TreatedPatient {
  patientId: string;
  /** ms since 1970, when the first of the recent ones was stored. */
  plan?: number;
  record?: number;
}

/** RT Plan, RT Ion Plan. */
const plans = ["1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.481.8"];
/** RT Beams, RT Brachy and RT Ion Beams Treatment Record, and RT Treatment Summary Record. */
const records = ["4", "6", "9", "7"].map((last) => `1.2.840.10008.5.1.4.1.1.481.${last}`);
const listOf = (uids: string[]): string => uids.map((uid) => `'${uid}'`).join(", ");

/**
 * Series of the two modalities are few; their instances are found by their series. Hidden ones count: who deletes plans takes
 * nobody off the list.
 */
const sql = `
SELECT patient.patient_id,
  MIN(CASE WHEN uid.text IN (${listOf(plans)}) AND stored_at >= ? THEN stored_at END),
  MIN(CASE WHEN uid.text IN (${listOf(records)}) AND stored_at >= ? THEN stored_at END)
FROM series_revision AS revision
JOIN instance ON instance.parent = revision.entity
JOIN uid ON uid.id = instance.class
JOIN series ON series.id = revision.entity
JOIN study ON study.id = series.parent
JOIN patient ON patient.id = study.parent
WHERE revision.modality IN ('RTPLAN', 'RTRECORD')
GROUP BY patient.id`;

/** @param plansSince, recordsSince ms since 1970 */
export function treatedPatients(
  statements: StatementCache,
  plansSince: number,
  recordsSince: number,
): TreatedPatient[] {
  const rows = statements.get(sql).all(plansSince, recordsSince) as unknown as [string, number | null, number | null][];
  return rows.flatMap(([patientId, plan, record]) =>
    patientId === "" || (plan === null && record === null)
      ? []
      : [{ patientId, ...(plan === null ? {} : { plan }), ...(record === null ? {} : { record }) }],
  );
}
