import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Statements kept; queries differ in their keys, not in their values, so few are in use. */
const maxStatements = 200;

/** Prepared statements by their text; rows come as arrays. The least recently used goes first. */
export class StatementCache {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    const statement = known ?? this.#database.prepare(sql);
    if (known) this.#statements.delete(sql);
    else statement.setReturnArrays(true);
    this.#statements.set(sql, statement);
    if (this.#statements.size > maxStatements) this.#statements.delete(this.#statements.keys().next().value!);
    return statement;
  }
}
