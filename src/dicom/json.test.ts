import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { needPydicom, python } from "../../test/support/pydicom.ts";
import { HoldfastError } from "../core/index.ts";
import { DataSet, type Value } from "./data-set.ts";
import { type Tag, tagOf, type Vr, vrOf } from "./dictionary/index.ts";
import { type DicomJson, fromDicomJson, type JsonElement, toDicomJson } from "./json.ts";
import { readDataSet } from "./read.ts";
import { explicitLittleEndian } from "./uids/index.ts";
import { writeDataSet } from "./write.ts";

const seed = Number(process.env["HOLDFAST_SEED"] ?? Date.now() % 2 ** 31);

function jsonOf(keyword: string, value: Value, vr: Vr = vrOf(tagOf(keyword))): JsonElement {
  const json = toDicomJson(new DataSet().set(0x00080005, "CS", "ISO_IR 192").set(tagOf(keyword), vr, value));
  return Object.entries(json).find(([key]) => key !== "00080005")![1];
}

const refused = (code: string) => (error: unknown) => error instanceof HoldfastError && error.code === code;

test("values take the JSON types of PS3.18 F.2.3", () => {
  assert.deepEqual(jsonOf("StudyDate", "20260401"), { vr: "DA", Value: ["20260401"] });
  assert.deepEqual(jsonOf("ImageType", ["ORIGINAL", "PRIMARY"]), { vr: "CS", Value: ["ORIGINAL", "PRIMARY"] });
  assert.deepEqual(jsonOf("Rows", 512), { vr: "US", Value: [512] });
  assert.deepEqual(jsonOf("FrameIncrementPointer", 0x00181063), { vr: "AT", Value: ["00181063"] });
  assert.deepEqual(jsonOf("PixelData", Uint8Array.of(1, 2)), { vr: "OW", InlineBinary: "AQI=" });
  assert.deepEqual(jsonOf("SelectorUVValue", ["18446744073709551615", "7"]), {
    vr: "UV",
    Value: ["18446744073709551615", 7],
  });
});

test("numbers that JSON does not have are strings", () => {
  const values = [1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const json = jsonOf("SelectorFDValue", values);
  assert.deepEqual(json, { vr: "FD", Value: [1.5, "NaN", "inf", "-inf"] });
  assert.deepEqual(fromDicomJson({ "00720074": json }).numbers(0x00720074), values);
});

test("decimal strings are numbers where that loses nothing", () => {
  const texts = ["1.50", "-0.25", "+3", "1E-3", ".5", "1.", "0x10", "9007199254740993", "0.0001234567891", "", "abc"];
  const values = [1.5, -0.25, 3, 0.001, 0.5, 1, "0x10", "9007199254740993", 0.0001234567891, null, "abc"];
  assert.deepEqual(jsonOf("ContourData", texts).Value, values);
});

test("person names have their component groups, empty ones left out", () => {
  assert.deepEqual(jsonOf("PatientName", "Yamada^Tarou=山田^太郎=やまだ^たろう").Value, [
    { Alphabetic: "Yamada^Tarou", Ideographic: "山田^太郎", Phonetic: "やまだ^たろう" },
  ]);
  assert.deepEqual(jsonOf("OperatorsName", ["=山田", "", "B^C"]).Value, [
    { Ideographic: "山田" },
    null,
    { Alphabetic: "B^C" },
  ]);
});

test("empty values: none, null among others, empty items", () => {
  assert.deepEqual(jsonOf("PatientID", ""), { vr: "LO" });
  assert.deepEqual(jsonOf("PixelData", new Uint8Array()), { vr: "OW" });
  assert.deepEqual(jsonOf("ImageType", ["A", "", "B"]).Value, ["A", null, "B"]);
  assert.deepEqual(jsonOf("BeamSequence", []), { vr: "SQ" });
  assert.deepEqual(jsonOf("BeamSequence", [new DataSet()]), { vr: "SQ", Value: [{}] });
});

test("group lengths are left out, keys are upper case", () => {
  const dataSet = new DataSet().set(0x00080000, "UL", 12).set(0x300a00b0, "SQ", []);
  assert.deepEqual(Object.keys(toDicomJson(dataSet)), ["300A00B0"]);
});

test("long binary values become URIs that name the way to them", () => {
  const item = new DataSet().set(0x7fe00010, "OW", new Uint8Array(64));
  const dataSet = new DataSet().set(0x00880200, "SQ", [new DataSet(), item]).put({
    tag: 0x00420011,
    vr: "OB",
    bulk: { offset: 1000, length: 70_000 },
  });
  const paths: (readonly number[])[] = [];
  const json = toDicomJson(dataSet, {
    inlineLimit: 32,
    bulkDataUri: (_element, path) => `bulk/${paths.push(path)}`,
  });
  assert.deepEqual(paths, [[0x00420011], [0x00880200, 1, 0x7fe00010]]);
  assert.deepEqual(json["00420011"], { vr: "OB", BulkDataURI: "bulk/1" });
  assert.deepEqual(json["00880200"]!.Value, [{}, { "7FE00010": { vr: "OW", BulkDataURI: "bulk/2" } }]);
});

test("text beyond ASCII makes the data set Unicode, whatever the JSON says of its character set", () => {
  const dataSet = fromDicomJson({
    "00080005": { vr: "CS", Value: ["ISO_IR 100"] },
    "00100010": { vr: "PN", Value: [{ Alphabetic: "Yamada", Ideographic: "山田" }] },
    "00081140": {
      vr: "SQ",
      Value: [{ "00080005": { vr: "CS", Value: ["ISO_IR 101"] }, "00081030": { vr: "LO", Value: ["Łódź"] } }],
    },
  });
  const read = readDataSet(writeDataSet(dataSet, explicitLittleEndian), explicitLittleEndian);
  assert.equal(read.string(0x00080005), "ISO_IR 192");
  assert.equal(read.string(0x00100010), "Yamada=山田");
  assert.equal(read.items(0x00081140)[0]!.string(0x00081030), "Łódź");
  const plain = fromDicomJson({
    "00080005": { vr: "CS", Value: ["ISO_IR 100"] },
    "00100020": { vr: "LO", Value: ["1"] },
  });
  assert.equal(plain.string(0x00080005), "ISO_IR 100");
});

test("keys without values are empty elements; values behind a URI are left out", () => {
  const dataSet = fromDicomJson({
    "00100010": { vr: "PN" },
    "00280010": { vr: "US" },
    "00420011": { vr: "OB", BulkDataURI: "http://127.0.0.1/bulk" },
    "7FE00010": { vr: "OW" },
  });
  assert.deepEqual(
    [...dataSet].map(({ tag, bytes }) => [tag, bytes?.length]),
    [
      [0x00100010, 0],
      [0x00280010, 0],
      [0x7fe00010, 0],
    ],
  );
});

test("what is no JSON model is refused", () => {
  const wrong = [
    { Patient: { vr: "LO" } },
    { "00100010": { vr: "XX" } },
    { "00100010": null },
    { "00100010": { vr: "LO", Value: "A" } },
  ];
  for (const json of [...wrong, { "00720083": { vr: "UV", Value: ["many"] } }])
    assert.throws(() => fromDicomJson(json as unknown as DicomJson), refused("object/element"));
  let deep: DicomJson = {};
  for (let level = 0; level < 5000; level++) deep = { "00081140": { vr: "SQ", Value: [deep] } };
  assert.throws(() => fromDicomJson(deep), refused("object/depth"));
});

/** JSON that survives the way through a data set: no leading or trailing spaces, no delimiters, no empty values. */
const word = fc.stringMatching(/^[A-Za-zäöü山田ł0-9][A-Za-zäöü山田ł0-9 ]{0,8}[A-Za-z山0-9]$/);
const list = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 3 });
const float = fc.float({ noNaN: true, noDefaultInfinity: true }).map((one) => (one === 0 ? 0 : one));
const leaves: [Tag, fc.Arbitrary<Omit<JsonElement, "vr">>][] = [
  [tagOf("SeriesDescription"), list(word)],
  [tagOf("PatientName"), list(fc.record({ Alphabetic: word, Ideographic: word }, { noNullPrototype: true }))],
  [tagOf("TextValue"), word.map((one) => [one])],
  [tagOf("ContourData"), list(fc.integer({ min: -9999, max: 9999 }).map((one) => one / 8))],
  [tagOf("Rows"), list(fc.integer({ min: 0, max: 65535 }))],
  [tagOf("SelectorFLValue"), list(fc.oneof(float, fc.constantFrom("NaN", "inf", "-inf")))],
  [tagOf("SelectorSVValue"), list(fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }).map(String))],
  [tagOf("FrameIncrementPointer"), list(fc.constantFrom("00181063", "7FE00010"))],
].map(([tag, values]) => [tag as Tag, (values as fc.Arbitrary<unknown[]>).map((Value) => ({ Value }))]);
const inline = fc.uint8Array({ minLength: 2, maxLength: 8 }).map((bytes) => bytes.subarray(0, bytes.length & ~1));

function model(depth: number): fc.Arbitrary<DicomJson> {
  const entries = leaves.map(([tag, body]) => body.map((one): [Tag, JsonElement] => [tag, { vr: vrOf(tag), ...one }]));
  const binary = inline.map((bytes): [Tag, JsonElement] => [
    0x00291010,
    { vr: "UN", InlineBinary: Buffer.from(bytes).toString("base64") },
  ]);
  const nested =
    depth > 0 ? [list(model(depth - 1)).map((Value): [Tag, JsonElement] => [0x00081140, { vr: "SQ", Value }])] : [];
  return fc
    .array(fc.oneof(...entries, binary, ...nested), { maxLength: 6 })
    .map((all) => Object.fromEntries(all.map(([tag, one]) => [tag.toString(16).padStart(8, "0").toUpperCase(), one])));
}

test(`JSON goes through a data set unchanged (seed ${seed})`, () => {
  fc.assert(
    fc.property(model(2), (json) => {
      const bytes = writeDataSet(fromDicomJson(json), explicitLittleEndian);
      const { "00080005": _characterSet, ...back } = toDicomJson(readDataSet(bytes, explicitLittleEndian));
      assert.deepEqual(back, json);
    }),
    { seed, numRuns: 300 },
  );
});

test("pydicom makes the same JSON", { skip: needPydicom() }, () => {
  const dataSet = new DataSet()
    .set(0x00080005, "CS", "ISO_IR 192")
    .set(tagOf("SOPClassUID"), "UI", "1.2.840.10008.5.1.4.1.1.481.5")
    .set(tagOf("PatientName"), "PN", "Müller^Ägidius=山田")
    .set(tagOf("PatientID"), "LO", "")
    .set(tagOf("ImageType"), "CS", ["A", "B"])
    .set(tagOf("FrameIncrementPointer"), "AT", [0x00181063])
    .set(tagOf("Rows"), "US", [3])
    .set(tagOf("GantryAngleTolerance"), "DS", ["0.5"])
    .set(0x00291010, "UN", Uint8Array.of(1, 2, 3, 4))
    .set(tagOf("BeamSequence"), "SQ", [new DataSet().set(tagOf("BeamNumber"), "IS", "1"), new DataSet()]);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-json-"));
  try {
    const path = join(folder, "dataset");
    writeFileSync(path, writeDataSet(dataSet, explicitLittleEndian));
    const theirs = python(
      `import sys
from pydicom.filereader import read_dataset
with open(sys.argv[1], "rb") as f: print(read_dataset(f, False, True).to_json())`,
      path,
    );
    assert.deepEqual(JSON.parse(theirs), JSON.parse(JSON.stringify(toDicomJson(dataSet))));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
