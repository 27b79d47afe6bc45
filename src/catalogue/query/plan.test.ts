import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { schema } from "../schema.ts";
import type { ArchiveQuery } from "../types.ts";
import { planQuery } from "./plan.ts";
import { Returned } from "./returned.ts";

function tables(change = ""): DatabaseSync {
  const made = new DatabaseSync(":memory:");
  made.exec(`PRAGMA automatic_index = OFF; ${schema} ${change}`);
  return made;
}

const whole = tables();

/** The steps SQLite takes, outermost loop first. */
function steps(query: ArchiveQuery, database = whole): string[] {
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
    /d USING PRIMARY KEY \(date>\? AND date<\?/,
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

/** Fails unless the index is used, nothing but the list of days is scanned, and revisions are found by one step. */
function assertWay(found: string[], index: RegExp): void {
  const plan = found.join("\n");
  assert.match(plan, index);
  const scans = found.filter((step) => step.startsWith("SCAN ") && step !== "SCAN d");
  assert.deepEqual(scans, []);
  for (const step of found)
    assert.doesNotMatch(step, /_revision_\w+ \((entity|parent|uid|patient_id)=\?( AND from_seq.*)?\)/);
}

for (const [name, query, index] of ways)
  test(`${name} is looked up in an index, and no table is scanned`, () => assertWay(steps(query), index));

test("a missing or misordered index is noticed", () => {
  const [, query, index] = ways.find(([name]) => name === "Patient ID")!;
  const without = "DROP INDEX patient_revision_patient_id;";
  const misordered = `${without} CREATE INDEX patient_revision_patient_id ON patient_revision (patient_id, from_seq);`;
  for (const change of [without, misordered])
    assert.throws(() => assertWay(steps(query, tables(change)), index), assert.AssertionError);
});

const listKeys = { "00100010": { vr: "PN" }, "00080061": { vr: "CS" } };
const lists: [string, ArchiveQuery][] = [
  ["all studies", { level: "study", keys: listKeys }],
  ["studies of some days", { level: "study", keys: { ...listKeys, "00080020": one("DA", "20200101-20200131") } }],
  [
    "studies of a span of time",
    {
      level: "study",
      combinedDateTime: true,
      keys: { ...listKeys, "00080020": one("DA", "20200101-20200131"), "00080030": one("TM", "10-11") },
    },
  ],
];
for (const [name, query] of lists)
  test(`${name} are listed day by day without sorting`, () => {
    const found = steps(query);
    assert.match(found[0]!, name === "all studies" ? /^SCAN d$/ : /^SEARCH d USING PRIMARY KEY \(date/);
    assert.match(found[1]!, /study_revision_order \(date=\?/);
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
