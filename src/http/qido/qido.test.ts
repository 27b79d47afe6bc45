import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultHttpLimits } from "../options.ts";
import { makeObject } from "../testing/objects.ts";
import { partsOf, startServer } from "../testing/server.ts";
import { readSearch } from "./search.ts";

const read = (query: Record<string, unknown>, level: "study" | "series" | "instance" = "study", path = {}) =>
  readSearch(level, path, query, undefined, defaultHttpLimits);

test("keys by keyword, tag and sequence path, in their JSON form", () => {
  const { keys } = read({
    PatientName: "Müller*",
    "0020000D": "1.2,1.3",
    SeriesNumber: "4",
    "RequestAttributesSequence.ScheduledProcedureStepID": "S",
    "00400275.00401001": "R",
    StudyDate: "20260101-20260201",
  }).query;
  assert.deepEqual(keys["00100010"], { vr: "PN", Value: [{ Alphabetic: "Müller*" }] });
  assert.deepEqual(keys["0020000D"], { vr: "UI", Value: ["1.2", "1.3"] });
  assert.deepEqual(keys["00200011"], { vr: "IS", Value: [4] });
  assert.deepEqual(keys["00080020"], { vr: "DA", Value: ["20260101-20260201"] });
  assert.deepEqual(keys["00400275"]!.Value, [
    { "00400009": { vr: "SH", Value: ["S"] }, "00401001": { vr: "SH", Value: ["R"] } },
  ]);
});

test("include fields are return keys and never weaken a matching key", () => {
  const { query, ignored } = read({
    includefield: ["StudyDescription,00081032", "nonsense"],
    PatientID: "P",
    "00100020": "",
  });
  assert.deepEqual(query.keys["00081030"], { vr: "LO" });
  assert.deepEqual(query.keys["00100020"], { vr: "LO", Value: ["P"] });
  assert.deepEqual(ignored, ["nonsense"]);
  assert.equal(read({ includefield: "all" }).query.includeAll, true);
});

test("paths bind, and searches that skip a level are relational", () => {
  const { query } = read({ StudyInstanceUID: "9" }, "instance", { study: "1.2", series: "1.3" });
  assert.deepEqual([query.keys["0020000D"]!.Value, query.keys["0020000E"]!.Value], [["1.2"], ["1.3"]]);
  assert.equal(query.relational, undefined);
  assert.equal(read({}, "series").query.relational, true);
  assert.equal(read({}, "instance", { study: "1" }).query.relational, true);
});

test("paging is bounded", () => {
  assert.equal(read({ limit: "999999" }).query.limit, defaultHttpLimits.results);
  assert.equal(read({}).query.limit, defaultHttpLimits.defaultResults);
  assert.deepEqual([read({ limit: "0" }).query.limit, read({ offset: "7" }).query.offset], [0, 7]);
});

for (const query of [
  { limit: "-1" },
  { limit: "x" },
  { offset: ["1", "2"] },
  { fuzzymatching: "yes" },
  { StudyInstanceUID: "1.2.*" },
  { SeriesNumber: "one" },
]) {
  test(`refuses ${JSON.stringify(query)}`, () => assert.throws(() => read(query), { code: "request/invalid" }));
}

test("answers at every level with Retrieve URLs", async (t) => {
  const { store, web } = await startServer(t);
  await store(makeObject());
  for (const [path, url] of [
    ["/studies?PatientID=P1", "/studies/1.2.3"],
    ["/series", "/studies/1.2.3/series/1.2.3.1"],
    ["/studies/1.2.3/series?Modality=OT", "/studies/1.2.3/series/1.2.3.1"],
    ["/instances", "/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1"],
    ["/studies/1.2.3/instances", "/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1"],
    ["/studies/1.2.3/series/1.2.3.1/instances", "/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1"],
  ] as const) {
    const response = await fetch(web + path);
    assert.equal(response.headers.get("content-type"), "application/dicom+json");
    const [match] = (await response.json()) as Record<string, { Value: unknown[] }>[];
    assert.equal(match!["00081190"]!.Value[0], web + url, path);
  }
});

test("no match is 204; more matches and unknown parameters are warned of, fuzzy matching is not", async (t) => {
  const { store, web } = await startServer(t);
  await store(makeObject({ instance: "1.1" }), makeObject({ instance: "1.2" }));
  assert.equal((await fetch(`${web}/studies?PatientID=nobody`)).status, 204);
  const warning = (await fetch(`${web}/instances?limit=1&fuzzymatching=true&colour=teal`)).headers.get("warning")!;
  assert.match(warning, /^299 \S+ "There are additional results that can be requested\.", 299 \S+ "1 unknown/);
  assert.doesNotMatch(warning, /fuzzy/);
  assert.match(warning, /1 unknown query parameters were ignored/);
  assert.ok(!warning.includes("teal"));
});

test("matches come as XML when asked for, and nothing else is acceptable", async (t) => {
  const { store, web } = await startServer(t);
  await store(makeObject());
  const accept = 'multipart/related; type="application/dicom+xml"';
  const [part] = await partsOf(await fetch(`${web}/studies`, { headers: { accept } }));
  assert.match(part!.body.toString(), /<FamilyName>Müller<\/FamilyName><GivenName>Test<\/GivenName>/);
  assert.equal((await fetch(`${web}/studies`, { headers: { accept: "text/html" } })).status, 406);
});
