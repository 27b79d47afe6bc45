/** Instances of whole studies and series, page by page, in time that depends on the page alone. */
import type { StatementCache } from "../statements.ts";
import type { InstanceRef, Target } from "../types.ts";
import { type RefMaker, type Row, refColumns } from "./row.ts";

const valid = "from_seq <= ?2 AND to_seq > ?2";
const listed = (place: number): string => `IN (SELECT value FROM json_each(?${place}))`;

const seriesAfter = `
  SELECT entity, uid, number FROM series_revision
  WHERE parent = ?1 AND ${valid} AND (number, uid) > (?3, ?4) ORDER BY number, uid`;
const instancesAfter = `
  SELECT ${refColumns} FROM instance AS i
  WHERE parent = ?1 AND ${valid} AND (number, uid) > (?3, ?4) ORDER BY number, uid LIMIT ?5`;
/** Where an instance stands; its series may be hidden meanwhile. */
const position = `
  SELECT series.parent, r.number, series.uid, i.parent, i.number
  FROM instance AS i JOIN series ON series.id = i.parent JOIN series_revision AS r ON r.entity = series.id
  WHERE i.uid = ?1 AND i.version = ?2 AND i.from_seq <= ?3 AND r.from_seq <= ?3
  ORDER BY i.id DESC, r.from_seq DESC LIMIT 1`;

/** Sorts before all numbers. */
const first = -(2 ** 40);

interface Position {
  study: number;
  seriesNumber: number;
  seriesUid: string;
  series: number;
  number: number;
  uid: string;
}

interface Study {
  id: number;
  patientId: string;
  uid: string;
}

/** Ordered by study as first stored, series number, Series UID, Instance Number, SOP Instance UID. */
export class Walk {
  readonly #statements: StatementCache;
  readonly #refs: RefMaker;
  readonly #seq: number;
  readonly #limit: number;
  readonly #found: InstanceRef[] = [];

  constructor(statements: StatementCache, refs: RefMaker, seq: number, limit: number) {
    this.#statements = statements;
    this.#refs = refs;
    this.#seq = seq;
    this.#limit = limit;
  }

  resolve(target: Target, after: InstanceRef | undefined): InstanceRef[] {
    const last = after && this.#positionOf(after);
    for (const study of this.#studies(target, last?.study ?? 0)) {
      this.#walkStudy(study, target.seriesUid, last?.study === study.id ? last : undefined);
      if (this.#isFull) break;
    }
    return this.#found;
  }

  get #isFull(): boolean {
    return this.#found.length >= this.#limit;
  }

  #positionOf({ sopInstanceUid, version }: InstanceRef): Position | undefined {
    const row = this.#statements.get(position).get(sopInstanceUid, version, this.#seq);
    if (!row) return undefined;
    const [study, seriesNumber, seriesUid, series, number] = row as unknown as [number, number, string, number, number];
    return { study, seriesNumber, seriesUid, series, number, uid: sopInstanceUid };
  }

  /** From the one with this row on. */
  *#studies({ patientId, studyUid, seriesUid }: Target, from: number): Generator<Study> {
    const values: (string | number)[] = [from];
    const conditions = ["study.id >= ?1"];
    const add = (condition: (place: number) => string, value: string): void => {
      conditions.push(condition(values.push(value)));
    };
    if (studyUid) add((place) => `study.uid ${listed(place)}`, JSON.stringify(studyUid));
    if (patientId !== undefined)
      add((place) => `study.parent IN (SELECT id FROM patient WHERE patient_id = ?${place})`, patientId);
    if (seriesUid)
      add((place) => `study.id IN (SELECT parent FROM series WHERE uid ${listed(place)})`, JSON.stringify(seriesUid));
    const sql = `
      SELECT study.id, patient_id, study.uid FROM study CROSS JOIN patient ON patient.id = study.parent
      WHERE ${conditions.join(" AND ")} ORDER BY study.id`;
    const rows = this.#statements.get(sql).iterate(...values) as unknown as Iterable<[number, string, string]>;
    for (const [id, patient, uid] of rows) yield { id, patientId: patient, uid };
  }

  #walkStudy(study: Study, seriesUid: string[] | undefined, last: Position | undefined): void {
    const wanted = seriesUid && new Set(seriesUid);
    if (last && (wanted?.has(last.seriesUid) ?? true))
      this.#walkSeries(study, last.series, last.seriesUid, last.number, last.uid);
    const start = last ? [last.seriesNumber, last.seriesUid] : [first, ""];
    const rows = this.#statements.get(seriesAfter).all(study.id, this.#seq, ...start);
    for (const [series, uid] of rows as unknown as [number, string][]) {
      if (this.#isFull) return;
      if (wanted?.has(uid) ?? true) this.#walkSeries(study, series, uid, first, "");
    }
  }

  #walkSeries(study: Study, series: number, seriesUid: string, number: number, uid: string): void {
    const remaining = this.#limit - this.#found.length;
    const rows = this.#statements.get(instancesAfter).all(series, this.#seq, number, uid, remaining);
    const place = { patientId: study.patientId, studyUid: study.uid, seriesUid };
    for (const row of rows as unknown as Row[]) this.#found.push(this.#refs.make(row, place));
  }
}
