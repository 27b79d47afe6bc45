/** Everything in the catalogue in natural keys: two catalogues of the same journal give the same lines. */
import type { DatabaseSync } from "node:sqlite";

const patientKey = "patient.patient_id, patient.issuer, patient.without_id";
const studyPath = "study JOIN patient ON patient.id = study.parent";
const seriesPath = `series JOIN study ON study.id = series.parent JOIN patient ON patient.id = study.parent`;

/** Each query orders by all its columns that name a row. */
const queries: Record<string, string> = {
  state: "SELECT * FROM state",
  moment: "SELECT * FROM moment ORDER BY time",
  patient: `SELECT ${patientKey}, changed, instances, series, studies FROM patient ORDER BY 1, 2, 3`,
  patient_revision: `
    SELECT ${patientKey}, from_seq, to_seq, r.patient_id, r.name, members,
      (SELECT json_group_array(text) FROM (SELECT text FROM patient_name WHERE revision = r.id ORDER BY text)),
      (SELECT json_group_array(text) FROM (SELECT text FROM patient_word WHERE revision = r.id ORDER BY text))
    FROM patient_revision AS r JOIN patient ON patient.id = r.entity ORDER BY 1, 2, 3, 4`,
  study: `SELECT ${patientKey}, study.uid, study.changed, study.instances, study.series FROM ${studyPath} ORDER BY 1, 2, 3, 4`,
  study_revision: `
    SELECT ${patientKey}, study.uid, from_seq, to_seq, r.uid, r.date, r.time, r.accession, members
    FROM study_revision AS r JOIN study ON study.id = r.entity AND study.parent = r.parent
      JOIN patient ON patient.id = study.parent
    ORDER BY 1, 2, 3, 4, 5`,
  series: `
    SELECT ${patientKey}, study.uid, series.uid, series.changed, series.instances FROM ${seriesPath} ORDER BY 1, 2, 3, 4, 5`,
  series_revision: `
    SELECT ${patientKey}, study.uid, series.uid, from_seq, to_seq, r.uid, r.number, r.modality, members
    FROM series_revision AS r JOIN series ON series.id = r.entity AND series.parent = r.parent
      JOIN study ON study.id = series.parent JOIN patient ON patient.id = study.parent
    ORDER BY 1, 2, 3, 4, 5, 6`,
  instance: `
    SELECT i.uid, i.version, i.from_seq, i.to_seq, i.deleted, ${patientKey}, study.uid, series.uid, i.number,
      class.text, syntax.text, header_size, data_size, hex(digest), hex(header_digest), segment, offset, length,
      data_segment, data_offset, data_length, frames, stored_at, members
    FROM instance AS i JOIN uid AS class ON class.id = i.class JOIN uid AS syntax ON syntax.id = i.syntax
      JOIN series ON series.id = i.parent JOIN study ON study.id = series.parent
      JOIN patient ON patient.id = study.parent
    ORDER BY i.uid, i.version, i.from_seq`,
};

/** One JSON array a line, the table's name first. */
export function* dumpLines(database: DatabaseSync): Generator<string> {
  for (const [table, sql] of Object.entries(queries)) {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    for (const row of statement.iterate() as unknown as Iterable<unknown[]>) yield JSON.stringify([table, ...row]);
  }
}
