import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { dumpQueries } from "./dump.ts";
import { schema } from "./schema.ts";

const database = new DatabaseSync(":memory:");
database.exec(`PRAGMA automatic_index = OFF; ${schema}`);

/** Steps that take time or memory beyond proportion: a table read again for each row, or sorted as a whole. */
function costly(sql: string): string[] {
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
  const [, ...inner] = plan.map(({ detail }) => detail);
  return inner.filter((step) => step.startsWith("SCAN ") || step === "USE TEMP B-TREE FOR ORDER BY");
}

for (const [table, sql] of Object.entries(dumpQueries))
  test(`the dump of ${table} reads each row once and sorts little at a time`, () => assert.deepEqual(costly(sql), []));

test("every table is in the dump", () => {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as { name: string }[];
  const referred = new Set(["uid"]); // dumped as the texts that rows refer to
  const missing = tables.filter(({ name }) => !(name in dumpQueries) && !referred.has(name));
  assert.deepEqual(missing, []);
});

test("a dump that sorts a whole table, or reads one for each row of another, is noticed", () => {
  assert.equal(costly("SELECT * FROM series ORDER BY changed").length, 1);
  assert.equal(costly("SELECT (SELECT count(*) FROM patient_name WHERE revision = p.id) FROM patient AS p").length, 1);
});
