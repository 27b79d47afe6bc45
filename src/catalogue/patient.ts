/** What there is of one patient, of all times: for an erasure. */
import type { DatabaseSync } from "node:sqlite";

export interface PatientFacts {
  /** Issuers of Patient ID under which there is one of this ID; empty text: none. */
  issuers: string[];
  studies: string[];
  /** Numbers of the keys that wrap their objects; 0: the master key. */
  keys: number[];
}

const of = "patient JOIN study ON study.parent = patient.id";
const withId = "patient.patient_id = ?";

export function patientFacts(database: DatabaseSync, patientId: string): PatientFacts {
  const column = (sql: string): unknown[] =>
    database
      .prepare(sql)
      .all(patientId)
      .map((row) => Object.values(row)[0]);
  return {
    issuers: column(`SELECT DISTINCT issuer FROM patient WHERE ${withId}`) as string[],
    studies: column(`SELECT DISTINCT study.uid FROM ${of} WHERE ${withId}`) as string[],
    keys: column(`
      SELECT DISTINCT instance.key FROM ${of} JOIN series ON series.parent = study.id
        JOIN instance ON instance.parent = series.id
      WHERE ${withId}`) as number[],
  };
}
