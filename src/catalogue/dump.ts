/** Everything in the catalogue in natural keys: two catalogues of the same journal give the same lines. */
import type { DatabaseSync } from "node:sqlite";

const patientKey = "patient.patient_id, patient.issuer, patient.without_id";
const studyKey = `${patientKey}, study.uid`;
const seriesKey = `${studyKey}, series.uid`;

/** From patients down, which are read in order of their key: no more than what belongs to one patient is sorted. */
const toStudy = "patient CROSS JOIN study ON study.parent = patient.id";
const toSeries = `${toStudy} CROSS JOIN series ON series.parent = study.id`;
const revision = (table: string): string => `CROSS JOIN ${table}_revision AS r ON r.entity = ${table}.id`;

/** Texts by which patients are found: read in order of the texts. */
const found = (table: string): string => `
  SELECT n.text, ${patientKey}, r.from_seq
  FROM ${table} AS n CROSS JOIN patient_revision AS r ON r.id = n.revision
    CROSS JOIN patient ON patient.id = r.entity
  ORDER BY n.text, ${patientKey}, r.from_seq`;

/** Each orders by all the columns that name a row, and returns those first. */
export const dumpQueries: Readonly<Record<string, string>> = {
  state: "SELECT * FROM state",
  setting: "SELECT * FROM setting ORDER BY collection, key",
  held: "SELECT * FROM held ORDER BY seq",
  tenant: "SELECT * FROM tenant ORDER BY name",
  collected: "SELECT segment, seq FROM collected ORDER BY segment",
  root_key: "SELECT generation, hex(wrapped) FROM root_key ORDER BY generation",
  clinic_key: "SELECT tenant, generation, root, hex(wrapped) FROM clinic_key ORDER BY tenant, generation",
  patient_key: "SELECT number, hex(patient), tenant, clinic, hex(wrapped) FROM patient_key ORDER BY number",
  moment: "SELECT * FROM moment ORDER BY time",
  patient: `SELECT ${patientKey}, changed, instances, series, studies FROM patient ORDER BY ${patientKey}`,
  patient_revision: `
    SELECT ${patientKey}, r.from_seq, r.to_seq, r.patient_id, r.name, r.members
    FROM patient ${revision("patient")} ORDER BY ${patientKey}, r.from_seq`,
  patient_name: found("patient_name"),
  patient_word: found("patient_word"),
  study: `SELECT ${studyKey}, study.changed, study.instances, study.series FROM ${toStudy} ORDER BY ${studyKey}`,
  study_revision: `
    SELECT ${studyKey}, r.from_seq, r.to_seq, r.parent = study.parent, r.uid, r.date, r.time, r.accession, r.members
    FROM ${toStudy} ${revision("study")} ORDER BY ${studyKey}, r.from_seq`,
  study_day: "SELECT * FROM study_day ORDER BY date",
  series: `SELECT ${seriesKey}, series.changed, series.instances FROM ${toSeries} ORDER BY ${seriesKey}`,
  series_revision: `
    SELECT ${seriesKey}, r.from_seq, r.to_seq, r.parent = series.parent, r.uid, r.number, r.modality, r.members
    FROM ${toSeries} ${revision("series")} ORDER BY ${seriesKey}, r.from_seq`,
  instance: `
    SELECT i.uid, i.version, i.from_seq, i.to_seq, i.deleted, ${seriesKey}, i.number,
      class.text, syntax.text, header_size, data_size, hex(digest), hex(header_digest), segment, offset, length,
      data_segment, data_offset, data_length, key, frames, stored_at, members
    FROM instance AS i CROSS JOIN uid AS class ON class.id = i.class CROSS JOIN uid AS syntax ON syntax.id = i.syntax
      CROSS JOIN series ON series.id = i.parent CROSS JOIN study ON study.id = series.parent
      CROSS JOIN patient ON patient.id = study.parent
    ORDER BY i.uid, i.version, i.from_seq`,
};

/** One JSON array a line, the table's name first. */
export function* dumpLines(database: DatabaseSync): Generator<string> {
  for (const [table, sql] of Object.entries(dumpQueries)) {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    for (const row of statement.iterate() as unknown as Iterable<unknown[]>) yield JSON.stringify([table, ...row]);
  }
}
