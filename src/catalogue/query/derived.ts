/** Attributes that are counted, not stored: PS3.4 C.3.4 and PS3.18 10.6.3. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
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
  asOf: string;
  /** The counter that is kept of the present: much faster where there are many instances. */
  present?: string;
}

const derived: Derived[] = [
  {
    key: "00080061",
    vr: "CS",
    level: 1,
    asOf: `${seriesOf("DISTINCT modality")} AND modality <> '' ORDER BY modality`,
  },
  {
    key: "00080062",
    vr: "UI",
    level: 1,
    asOf: `SELECT text FROM uid WHERE id IN (SELECT class FROM ${instancesBelow[1]} AND ${validAt}) ORDER BY text`,
  },
  {
    key: "00201200",
    vr: "IS",
    level: 0,
    asOf: `SELECT count(*) FROM study_revision WHERE parent = ?1 AND ${validAt}`,
    present: "SELECT studies FROM patient WHERE id = ?1",
  },
  {
    key: "00201202",
    vr: "IS",
    level: 0,
    asOf: `SELECT count(*) FROM study JOIN series_revision AS e ON e.parent = study.id
      WHERE study.parent = ?1 AND ${validAt}`,
    present: "SELECT series FROM patient WHERE id = ?1",
  },
  {
    key: "00201204",
    vr: "IS",
    level: 0,
    asOf: instances(0),
    present: "SELECT instances FROM patient WHERE id = ?1",
  },
  {
    key: "00201206",
    vr: "IS",
    level: 1,
    asOf: seriesOf("count(*)"),
    present: "SELECT series FROM study WHERE id = ?1",
  },
  { key: "00201208", vr: "IS", level: 1, asOf: instances(1), present: "SELECT instances FROM study WHERE id = ?1" },
  { key: "00201209", vr: "IS", level: 2, asOf: instances(2), present: "SELECT instances FROM series WHERE id = ?1" },
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

export class DerivedAttributes {
  readonly #prepared: Map<string, Derived & { asOfStatement: StatementSync; presentStatement?: StatementSync }>;

  constructor(database: DatabaseSync) {
    const prepare = (sql: string): StatementSync => {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    this.#prepared = new Map(
      derived.map((each) => [
        each.key,
        {
          ...each,
          asOfStatement: prepare(each.asOf),
          ...(each.present ? { presentStatement: prepare(each.present) } : {}),
        },
      ]),
    );
  }

  /** The member line of a derived attribute of an entity; `seq` is undefined for the present. */
  line(key: string, entity: number, seq: number | undefined, last: number): string {
    const { vr, asOfStatement, presentStatement } = this.#prepared.get(key)!;
    const rows =
      seq === undefined && presentStatement ? presentStatement.all(entity) : asOfStatement.all(entity, seq ?? last);
    const values = (rows as unknown as (string | number)[][]).map(([value]) => value);
    return member(key, values.length > 0 ? `{"vr":"${vr}","Value":${JSON.stringify(values)}}` : `{"vr":"${vr}"}`);
  }
}
