import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { HoldfastError } from "../core/index.ts";
import { openCatalogue, openCatalogueReader } from "./index.ts";
import { open } from "./schema.ts";
import { event, hostileTexts } from "./test/history.ts";
import type { ArchiveQuery, JournalRecord, StoredObject } from "./types.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-catalogue-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => join(folder, `${files++}.sqlite`);

const one = (vr: string, value: unknown) => ({ vr, Value: [value] });

function stored(ids: Partial<StoredObject>, attributes: StoredObject["attributes"] = {}): JournalRecord {
  const object: StoredObject = {
    patientId: "P",
    studyUid: "1.1",
    seriesUid: "1.2",
    sopInstanceUid: "1.3",
    sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
    transferSyntaxUid: "1.2.840.10008.1.2.1",
    version: 1,
    headerSize: 100,
    dataSetSize: 200,
    digest: "ab".repeat(32),
    headerDigest: "cd".repeat(32),
    location: { segment: 1, offset: 2, length: 3 },
    ...ids,
    attributes,
  };
  const keys = { "0020000D": object.studyUid, "0020000E": object.seriesUid, "00080018": object.sopInstanceUid };
  for (const [key, uid] of Object.entries(keys)) object.attributes[key] = one("UI", uid);
  if (object.patientId) object.attributes["00100020"] = one("LO", object.patientId);
  return { kind: "store", event, object };
}

/** One entry a second from time 1,000 on. */
function catalogue(...records: JournalRecord[]) {
  const file = newFile();
  const writer = openCatalogue(file);
  for (const [seq, record] of records.entries()) writer.apply({ seq, time: 1_000 + seq * 1_000, record });
  writer.commit();
  const reader = openCatalogueReader(file);
  return {
    file,
    writer,
    reader,
    query: (query: ArchiveQuery) => reader.query(query).matches.map((match) => JSON.parse(match)),
    [Symbol.dispose]: () => {
      reader.close();
      writer.close();
    },
  };
}

test("hostile texts are stored, found literally and given back", () => {
  for (const text of hostileTexts) {
    using made = catalogue(
      stored(
        { patientId: text },
        {
          "00100010": one("PN", { Alphabetic: text }),
          "00080050": one("SH", text),
          "00081030": one("LO", text),
          "00080060": one("CS", text),
        },
      ),
      stored({ patientId: "other", studyUid: "2.1", seriesUid: "2.2", sopInstanceUid: "2.3" }),
    );
    const keys: ArchiveQuery["keys"][] = [
      { "00100020": one("LO", text) },
      { "00080050": one("SH", text) },
      { "00081030": one("LO", text) },
      { "00080061": one("CS", text) },
      { "00100010": one("PN", { Alphabetic: text }) },
      { "00080050": one("SH", `${[...text][0]}*`) },
      { "00081030": one("LO", `*${[...text].at(-1)}`) },
    ];
    for (const each of keys) {
      const found = made.query({ level: "study", keys: { ...each, "00081030": each["00081030"] ?? { vr: "LO" } } });
      assert.deepEqual(
        found.map((json) => json["00081030"].Value),
        [[text]],
        JSON.stringify(each).slice(0, 200),
      );
    }
    assert.equal(made.reader.resolve({ patientId: text }).length, 1);
  }
});

test("thousands of values in a key are matched as one is", () => {
  using made = catalogue(
    stored({ patientId: "P7" }, { "00100010": one("PN", { Alphabetic: "Doe^J" }), "00080060": one("CS", "CT") }),
  );
  const many = (text: (index: number) => unknown) => Array.from({ length: 3_000 }, (_, index) => text(index));
  const keys: Record<string, StoredObject["attributes"][string]> = {
    "00100020": { vr: "LO", Value: many((index) => `?${index}`) },
    "00100010": { vr: "PN", Value: [...many((index) => ({ Alphabetic: `x${index}*` })), { Alphabetic: "doe*" }] },
    "00080061": { vr: "CS", Value: [...many((index) => `X${index}*`), "C*"] },
    "0020000D": { vr: "UI", Value: [...many((index) => `2.${index}`), "1.1"] },
    "00200010": { vr: "SH", Value: many(String) },
  };
  for (const [key, attribute] of Object.entries(keys))
    assert.equal(made.query({ level: "study", keys: { [key]: attribute } }).length, key === "00200010" ? 0 : 1, key);
  const words = one("PN", { Alphabetic: many((index) => `doe${index}`).join(" ") });
  assert.deepEqual(made.query({ level: "study", keys: { "00100010": words }, fuzzy: true }), []);
});

test("patterns that are costly to match end soon", () => {
  using made = catalogue(
    stored({}, { "00081030": one("LO", "a".repeat(5_000)), "00080050": one("SH", "a".repeat(64)) }),
  );
  const pattern = `${"*a".repeat(2_000)}*b`;
  for (const key of ["00081030", "00080050", "00100020", "00080061"])
    assert.deepEqual(made.query({ level: "study", keys: { [key]: one("LO", pattern) } }), []);
  assert.deepEqual(made.query({ level: "study", keys: { "00100010": one("PN", { Alphabetic: pattern }) } }), []);
});

test("patients without an ID are told apart by their study", () => {
  using made = catalogue(
    stored({ patientId: "" }),
    stored({ patientId: "", studyUid: "2.1", seriesUid: "2.2", sopInstanceUid: "2.3" }),
  );
  assert.equal(made.query({ level: "patient", keys: {} }).length, 2);
  assert.equal(made.reader.resolve({ patientId: "" }).length, 2);
});

test("an attribute that a later object leaves out stays; one that it changes is a revision", () => {
  using made = catalogue(
    stored({}, { "00081030": one("LO", "Pelvis"), "00080020": one("DA", "20200101") }),
    stored({ sopInstanceUid: "1.4" }, { "00080020": one("DA", "20200102") }),
  );
  const studyAt = (at: number) => made.query({ level: "study", keys: {}, at })[0];
  assert.deepEqual(studyAt(1_999)["00080020"].Value, ["20200101"]);
  assert.deepEqual(studyAt(2_000)["00080020"].Value, ["20200102"]);
  assert.deepEqual(studyAt(2_000)["00081030"].Value, ["Pelvis"]);
});

test("a day is stepped over in lists when none of its studies is visible", () => {
  const study = (studyUid: string, date: string) => stored({ studyUid }, { "00080020": one("DA", date) });
  const target = { level: "study", studyUid: "1.2" } as const;
  using made = catalogue(
    study("1.1", "20200101"),
    study("1.2", "20200102"),
    { kind: "delete", event, target },
    { kind: "access", event },
  );
  const days = () => [...made.reader.dump()].filter((line) => line.startsWith('["study_day"'));
  assert.deepEqual(days(), [`["study_day","20200101",0,0,1]`, `["study_day","20200102",0,1,2]`]);
  made.writer.apply({ seq: 4, time: 5_000, record: { kind: "restore", event, target } });
  made.writer.commit();
  assert.deepEqual(days()[1], `["study_day","20200102",1,1,${open}]`);
});

test("ranges of date and time are two ranges, or one when asked for", () => {
  const times: [uid: string, date: string, time: string][] = [
    ["1.1", "20200101", "090000"],
    ["1.2", "20200101", "180000"],
    ["1.3", "20200102", "070000"],
    ["1.4", "20200103", "090000"],
    ["1.5", "20200103", "180000"],
  ];
  using made = catalogue(
    ...times.map(([studyUid, date, time]) =>
      stored(
        { studyUid, seriesUid: `${studyUid}.1`, sopInstanceUid: `${studyUid}.2` },
        { "00080020": one("DA", date), "00080030": one("TM", time) },
      ),
    ),
  );
  const keys = { "00080020": one("DA", "20200101-20200103"), "00080030": one("TM", "1000-1700") };
  const found = (combinedDateTime: boolean) =>
    made.query({ level: "study", keys, combinedDateTime }).map((json) => json["0020000D"].Value[0]);
  assert.deepEqual(found(false), []);
  assert.deepEqual(found(true), ["1.4", "1.3", "1.2"]);
});

test("a page of a broad search is the beginning of all its matches", () => {
  const records = Array.from({ length: 1_200 }, (_, index) => {
    const uid = `1.${index}`;
    return stored(
      { patientId: `P${index}`, studyUid: uid, seriesUid: `${uid}.1`, sopInstanceUid: `${uid}.2` },
      {
        "00100010": one("PN", { Alphabetic: `Doe${index}^Jörg` }),
        "00080020": one("DA", `2020010${index % 7}`),
        "00080060": one("CS", index % 2 === 0 ? "CT" : "MR"),
      },
    );
  });
  using made = catalogue(...records);
  const broad: ArchiveQuery[] = [
    { level: "study", keys: { "00100010": one("PN", { Alphabetic: "*OE*" }) } },
    { level: "study", keys: { "00100010": one("PN", { Alphabetic: "jorg" }) }, fuzzy: true },
    { level: "series", keys: { "00100020": one("LO", "P*"), "00080060": one("CS", "CT") } },
    { level: "patient", keys: { "00100010": one("PN", { Alphabetic: "doe*" }) }, at: 1_150_000 },
  ];
  for (const query of broad) {
    const all = made.reader.query(query).matches;
    const page = made.reader.query({ ...query, limit: 40, offset: 20 });
    assert.ok(all.length > 500);
    assert.deepEqual(page.matches, all.slice(20, 60));
    assert.equal(page.more, true);
  }
});

test("keys of lower levels and unknown ones are reported and do not match", () => {
  using made = catalogue(stored({}));
  const page = made.reader.query({
    level: "study",
    keys: {
      "00080060": one("CS", "CT"),
      "00091001": one("LO", "x"),
      "00201208": one("IS", 5),
      "00080005": one("CS", "ISO_IR 100"),
    },
  });
  assert.deepEqual(page.unsupported.toSorted(), ["00080060", "00091001", "00201208"]);
  assert.equal(page.matches.length, 1);
});

test("what is asked for and not known is returned empty, members in order of their tags", () => {
  using made = catalogue(stored({}, { "00080020": one("DA", "20200101") }));
  const [match] = made.reader.query({
    level: "study",
    keys: { "00201208": { vr: "IS" }, "00100040": { vr: "CS" }, "00080020": { vr: "DA" }, "00080056": { vr: "CS" } },
  }).matches;
  assert.equal(
    match,
    '{"00080020":{"vr":"DA","Value":["20200101"]},"00080056":{"vr":"CS","Value":["ONLINE"]},' +
      '"00100020":{"vr":"LO","Value":["P"]},"00100040":{"vr":"CS"},"0020000D":{"vr":"UI","Value":["1.1"]},' +
      '"00201208":{"vr":"IS","Value":[1]}}',
  );
});

test("data that several versions share is found in the record that holds it", () => {
  const data = { segment: 9, offset: 8, length: 7 };
  using made = catalogue(stored({ digest: "ef".repeat(32), data }));
  assert.deepEqual({ ...made.writer.findData("ef".repeat(32), 0) }, data);
  assert.equal(made.writer.findData("ef".repeat(6) + "00".repeat(26), 0), undefined);
});

test("older versions are read by their number unless a tombstone hides the instance", () => {
  const remove: JournalRecord = { kind: "delete", event, target: { level: "study", studyUid: "1.1" } };
  using made = catalogue(stored({}), stored({ version: 2, digest: "12".repeat(32) }), remove);
  const target = { sopInstanceUid: ["1.3"], version: 1 };
  assert.deepEqual(
    made.reader.resolve({ ...target, at: 2_000 }).map(({ digest }) => digest),
    ["ab".repeat(32)],
  );
  assert.deepEqual(made.reader.resolve(target), []);
});

test("a gap in the entries is refused, and nothing of the failed entry stays after a rollback", () => {
  using made = catalogue(stored({}));
  const before = [...made.reader.dump()];
  made.writer.apply({ seq: 1, time: 2_000, record: stored({ sopInstanceUid: "1.4" }) });
  assert.equal(made.writer.current("1.4")?.version, 1);
  assert.throws(() => made.writer.apply({ seq: 3, time: 3_000, record: stored({}) }), RangeError);
  made.writer.rollback();
  assert.equal(made.writer.current("1.4"), undefined);
  assert.deepEqual([...made.reader.dump()], before);
});

test("a catalogue of another version is refused", () => {
  const file = newFile();
  openCatalogue(file).close();
  const database = new DatabaseSync(file);
  database.exec("UPDATE state SET schema = 999");
  database.close();
  for (const opened of [openCatalogue, openCatalogueReader])
    assert.throws(
      () => opened(file),
      (error) => error instanceof HoldfastError && error.code === "storage/format",
    );
});
