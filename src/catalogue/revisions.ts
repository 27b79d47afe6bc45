/** Writes revisions of each level, with the columns that are searched. */
import type { DatabaseSync } from "node:sqlite";
import type { Attributes } from "./attributes.ts";
import type { StudyDays } from "./days.ts";
import type { Entity } from "./entity.ts";
import { open } from "./schema.ts";
import { dateKey, firstText, nameGroups, nameKey, nameWords, ordinal, searchable, timeKey } from "./text.ts";

type RevisionWriter = (entity: Entity, attributes: Attributes, seq: number) => number;

/** One for each level; each returns the row it made. */
export function revisionWriters(
  database: DatabaseSync,
  days: StudyDays,
): [RevisionWriter, RevisionWriter, RevisionWriter] {
  return [patientWriter(database), studyWriter(database, days), seriesWriter(database)];
}

function patientWriter(database: DatabaseSync): RevisionWriter {
  const insert = database.prepare(
    "INSERT INTO patient_revision (entity, from_seq, to_seq, patient_id, name, members) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const name = database.prepare("INSERT OR IGNORE INTO patient_name VALUES (?, ?)");
  const word = database.prepare("INSERT OR IGNORE INTO patient_word VALUES (?, ?)");
  return (entity, attributes, seq) => {
    const groups = nameGroups(attributes["00100010"]?.Value?.[0]);
    const sorted = nameKey(groups[0] ?? "");
    const made = insert.run(entity.id, seq, open, searchable(entity.name), sorted, entity.members);
    const revision = Number(made.lastInsertRowid);
    for (const group of groups) {
      name.run(nameKey(group), revision);
      for (const each of nameWords(group)) word.run(each, revision);
    }
    return revision;
  };
}

function studyWriter(database: DatabaseSync, days: StudyDays): RevisionWriter {
  const insert = database.prepare(`
    INSERT INTO study_revision (entity, parent, from_seq, to_seq, uid, date, time, accession, members)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return (entity, attributes, seq) => {
    const date = searchable(dateKey(firstText(attributes["00080020"])));
    const time = searchable(timeKey(firstText(attributes["00080030"])));
    const accession = searchable(firstText(attributes["00080050"]));
    const { id, parent, name, members } = entity;
    const made = insert.run(id, parent!.id, seq, open, name, date, time, accession, members);
    days.began(date, seq);
    return Number(made.lastInsertRowid);
  };
}

function seriesWriter(database: DatabaseSync): RevisionWriter {
  const insert = database.prepare(`
    INSERT INTO series_revision (entity, parent, from_seq, to_seq, uid, number, modality, members)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  return (entity, attributes, seq) => {
    const modality = searchable(firstText(attributes["00080060"]));
    const number = ordinal(attributes["00200011"]);
    const { id, parent, name, members } = entity;
    return Number(insert.run(id, parent!.id, seq, open, name, number, modality, members).lastInsertRowid);
  };
}
