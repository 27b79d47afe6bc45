/** Reads the rows that make a match. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Lru } from "../lru.ts";
import { keyOf } from "../members.ts";
import type { Counters } from "./derived.ts";

/** The attributes of one row, a member line each. */
export interface MemberRow {
  entity: number;
  keys: string[];
  lines: string[];
}

const contents = [
  "SELECT members, entity FROM patient_revision WHERE id = ?",
  "SELECT members, entity FROM study_revision WHERE id = ?",
  "SELECT members, entity FROM series_revision WHERE id = ?",
  "SELECT members, id FROM instance WHERE id = ?",
];

const counters = [
  "SELECT changed, instances, series, studies FROM patient WHERE id = ?",
  "SELECT changed, instances, series FROM study WHERE id = ?",
  "SELECT changed, instances FROM series WHERE id = ?",
];

/** Characters of member lines kept in memory, for each of the levels above instances. */
const keptCharacters = 4 * 2 ** 20;

export class Rows {
  readonly #contents: StatementSync[];
  readonly #counters: StatementSync[];
  /** What a revision says never changes. Instances are read too seldom twice to be kept. */
  readonly #kept = [0, 1, 2].map(() => new Lru<number, MemberRow>(keptCharacters));

  constructor(database: DatabaseSync) {
    const prepare = (sql: string): StatementSync => {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    this.#contents = contents.map(prepare);
    this.#counters = counters.map(prepare);
  }

  read(level: number, id: number): MemberRow {
    const known = this.#kept[level]?.get(id);
    if (known) return known;
    const [members, entity] = this.#contents[level]!.get(id) as unknown as [string, number];
    const lines = members.split("\n");
    const row = { entity, keys: lines.map(keyOf), lines };
    this.#kept[level]?.set(id, row, members.length);
    return row;
  }

  /** Counted of the present. */
  counters(level: number, entity: number): Counters {
    return this.#counters[level]!.get(entity) as unknown as Counters;
  }
}
