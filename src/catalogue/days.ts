import type { DatabaseSync } from "node:sqlite";
import { open } from "./schema.ts";

/** Between which entries studies of each date are visible. */
export interface StudyDays {
  /** A revision with this Study Date began. */
  began(date: string, seq: number): void;
  /** The revision in this row ended. */
  ended(revision: number, seq: number): void;
}

export function studyDays(database: DatabaseSync): StudyDays {
  const begin = database.prepare(`
    INSERT INTO study_day VALUES (?, 1, ?, ${open})
    ON CONFLICT (date) DO UPDATE SET visible = visible + 1, to_seq = ${open}`);
  const end = database.prepare(`
    UPDATE study_day SET visible = visible - 1, to_seq = CASE visible WHEN 1 THEN ? ELSE to_seq END
    WHERE date = (SELECT date FROM study_revision WHERE id = ?)`);
  return {
    began: (date, seq) => void begin.run(date, seq),
    ended: (revision, seq) => void end.run(seq, revision),
  };
}
