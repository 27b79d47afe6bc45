import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { schema } from "../schema.ts";
import type { ArchiveQuery } from "../types.ts";
import { planQuery } from "./plan.ts";
import { Returned } from "./returned.ts";

const database = new DatabaseSync(":memory:");
database.exec(schema);

/** The steps SQLite takes, outermost loop first. */
function steps(query: ArchiveQuery): string[] {
  const { sql } = planQuery(query, new Returned(query).levels);
  return (database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]).map(({ detail }) => detail);
}

const one = (vr: string, value: unknown) => ({ vr, Value: [value] });

const ways: [string, ArchiveQuery, RegExp][] = [
  ["Study UID", { level: "study", keys: { "0020000D": one("UI", "1") } }, /study_revision_uid \(uid=\?/],
  [
    "Accession Number",
    { level: "study", keys: { "00080050": one("SH", "A") } },
    /study_revision_accession \(accession=\?/,
  ],
  [
    "Patient ID",
    { level: "study", keys: { "00100020": one("LO", "P") } },
    /patient_revision_patient_id \(patient_id=\?/,
  ],
  [
    "Patient ID prefix",
    { level: "study", keys: { "00100020": one("LO", "P*") } },
    /patient_id \(patient_id>\? AND patient_id<\?/,
  ],
  [
    "Patient's Name",
    { level: "study", keys: { "00100010": one("PN", { Alphabetic: "A^B" }) } },
    /patient_name USING PRIMARY KEY \(text=\?/,
  ],
  [
    "Patient's Name prefix",
    { level: "study", keys: { "00100010": one("PN", { Alphabetic: "A*" }) } },
    /patient_name USING PRIMARY KEY \(text>\? AND text<\?/,
  ],
  [
    "fuzzy name",
    { level: "patient", fuzzy: true, keys: { "00100010": one("PN", { Alphabetic: "a" }) } },
    /patient_word USING PRIMARY KEY \(text>\? AND text<\?/,
  ],
  [
    "Study Date",
    { level: "study", keys: { "00080020": one("DA", "20200101-20200102") } },
    /study_revision_order \(date>\? AND date<\?/,
  ],
  [
    "series of a study",
    { level: "series", keys: { "0020000D": one("UI", "1") } },
    /series_revision_parent \(parent=\?/,
  ],
  ["Series UID", { level: "series", keys: { "0020000E": one("UI", "1") } }, /series_revision_uid \(uid=\?/],
  ["instances of a series", { level: "instance", keys: { "0020000E": one("UI", "1") } }, /instance_parent \(parent=\?/],
  ["SOP Instance UID", { level: "instance", keys: { "00080018": one("UI", "1") } }, /instance_uid \(uid=\?/],
];

for (const [name, query, index] of ways) {
  test(`${name} is looked up in an index, and no table is scanned`, () => {
    const found = steps(query);
    assert.ok(
      found.some((step) => index.test(step)),
      found.join("\n"),
    );
    assert.deepEqual(
      found.filter((step) => /^SCAN (?!.*USING)/.test(step)),
      [],
    );
  });
}

test("the study list walks its order and sorts nothing", () => {
  const found = steps({ level: "study", keys: { "00080020": { vr: "DA" }, "00100010": { vr: "PN" } } });
  assert.match(found[0]!, /study_revision_order/);
  assert.ok(!found.some((step) => step.includes("TEMP B-TREE")), found.join("\n"));
});

test("the past is asked with the same statement as the present", () => {
  const query: ArchiveQuery = { level: "study", keys: { "00100020": one("LO", "P") } };
  const levels = new Returned(query).levels;
  assert.equal(planQuery({ ...query, at: 5 }, levels).sql, planQuery(query, levels).sql);
});

test("values are bound, never written into the statement", () => {
  const hostile = "'; DROP TABLE state; --";
  const keys = {
    "00100020": one("LO", hostile),
    "00080050": one("SH", `${hostile}*`),
    "0020000D": { vr: "UI", Value: [hostile, "1"] },
    "00100010": one("PN", { Alphabetic: hostile }),
    "00080061": one("CS", hostile),
  };
  const plan = planQuery({ level: "study", keys }, new Set([1]));
  assert.ok(!plan.sql.includes("DROP"));
  assert.ok(plan.values.some((value) => String(value).includes("DROP")));
});
