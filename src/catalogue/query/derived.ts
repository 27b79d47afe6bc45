/** Attributes that are counted, not stored: PS3.4 C.3.4 and PS3.18 10.6.3. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Lru } from "../lru.ts";
import { member } from "../members.ts";

const validAt = "from_seq <= ?2 AND to_seq > ?2";
const seriesOf = (column: string): string => `SELECT ${column} FROM series_revision WHERE parent = ?1 AND ${validAt}`;
const instancesBelow: readonly string[] = [
  `instance AS i WHERE i.parent IN (
    SELECT series.id FROM series JOIN study ON study.id = series.parent WHERE study.parent = ?1)`,
  "instance AS i WHERE i.parent IN (SELECT id FROM series WHERE parent = ?1)",
  "instance AS i WHERE i.parent = ?1",
];
const instances = (level: number): string => `SELECT count(*) FROM ${instancesBelow[level]} AND ${validAt}`;

interface Derived {
  key: string;
  vr: "IS" | "CS" | "UI";
  level: number;
  /** Values of an entity (?1) as of an entry (?2). */
  sql: string;
  /** Place among the counters that are kept of the present. */
  counter?: number;
}

const [instanceCounter, seriesCounter, studyCounter] = [1, 2, 3];

const derived: Derived[] = [
  { key: "00080061", vr: "CS", level: 1, sql: `${seriesOf("DISTINCT modality")} AND modality <> '' ORDER BY modality` },
  {
    key: "00080062",
    vr: "UI",
    level: 1,
    sql: `SELECT text FROM uid WHERE id IN (SELECT class FROM ${instancesBelow[1]} AND ${validAt}) ORDER BY text`,
  },
  {
    key: "00201200",
    vr: "IS",
    level: 0,
    sql: `SELECT count(*) FROM study_revision WHERE parent = ?1 AND ${validAt}`,
    counter: studyCounter,
  },
  {
    key: "00201202",
    vr: "IS",
    level: 0,
    sql: `SELECT count(*) FROM study JOIN series_revision AS e ON e.parent = study.id
      WHERE study.parent = ?1 AND ${validAt}`,
    counter: seriesCounter,
  },
  { key: "00201204", vr: "IS", level: 0, sql: instances(0), counter: instanceCounter },
  { key: "00201206", vr: "IS", level: 1, sql: seriesOf("count(*)"), counter: seriesCounter },
  { key: "00201208", vr: "IS", level: 1, sql: instances(1), counter: instanceCounter },
  { key: "00201209", vr: "IS", level: 2, sql: instances(2), counter: instanceCounter },
];

/** Level of each derived attribute by its key. */
export const derivedLevels: ReadonlyMap<string, number> = new Map(derived.map(({ key, level }) => [key, level]));

/** The same for all matches: values are sent as UTF-8, and everything stored is at hand. */
export const constants: ReadonlyMap<string, string> = new Map(
  [
    ["00080005", '{"vr":"CS","Value":["ISO_IR 192"]}'],
    ["00080056", '{"vr":"CS","Value":["ONLINE"]}'],
  ].map(([key, value]) => [key!, member(key!, value!)]),
);

/** The entry since which these hold; then how many instances, series, studies. */
export type Counters = [changed: number, ...number[]];

/** Lines kept in memory. */
const keptLines = 8_192;

export class DerivedAttributes {
  readonly #prepared = new Map<string, Derived & { statement: StatementSync }>();
  /** What was found of the present; it holds until the entity changes. */
  readonly #kept = new Lru<string, { changed: number; line: string }>(keptLines);

  constructor(database: DatabaseSync) {
    for (const each of derived) {
      const statement = database.prepare(each.sql);
      statement.setReturnArrays(true);
      this.#prepared.set(each.key, { ...each, statement });
    }
  }

  /** The member line of a derived attribute as of an entry. */
  line(key: string, entity: number, counters: Counters, at: number): string {
    const [changed] = counters;
    const one = this.#prepared.get(key)!;
    if (changed > at) return this.#found(one, entity, at);
    if (one.counter !== undefined) return member(key, `{"vr":"IS","Value":[${counters[one.counter]}]}`);
    const known = this.#kept.get(`${key}${entity}`);
    if (known?.changed === changed) return known.line;
    const line = this.#found(one, entity, at);
    this.#kept.set(`${key}${entity}`, { changed, line });
    return line;
  }

  #found({ key, vr, statement }: Derived & { statement: StatementSync }, entity: number, at: number): string {
    const values = (statement.all(entity, at) as unknown as (string | number)[][]).map(([value]) => value);
    return member(key, values.length > 0 ? `{"vr":"${vr}","Value":${JSON.stringify(values)}}` : `{"vr":"${vr}"}`);
  }
}
