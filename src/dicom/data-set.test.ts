import assert from "node:assert/strict";
import { test } from "node:test";
import { DataSet } from "./data-set.ts";

const patientName = 0x00100010;
const comments = 0x00104000;

test("padding is trimmed as the VR asks", () => {
  const dataSet = new DataSet()
    .put({ tag: 0x0020000d, vr: "UI", bytes: Buffer.from("1.2.3\0") })
    .put({ tag: 0x00080060, vr: "CS", bytes: Buffer.from(" CT \\ MR ") })
    .put({ tag: comments, vr: "LT", bytes: Buffer.from("  one\\two  ") })
    .put({ tag: 0x00080119, vr: "UC", bytes: Buffer.from(" a\\ b ") });
  assert.deepEqual(dataSet.strings(0x0020000d), ["1.2.3"]);
  assert.deepEqual(dataSet.strings(0x00080060), ["CT", "MR"]);
  assert.deepEqual(dataSet.strings(comments), ["  one\\two"], "text has one value and keeps its leading spaces");
  assert.deepEqual(dataSet.strings(0x00080119), [" a", " b"]);
});

test("padding is found in a time that grows with the text alone", () => {
  const bytes = Buffer.alloc(4_000_000, " ");
  bytes.write("x", bytes.length - 1);
  const dataSet = new DataSet().put({ tag: comments, vr: "LT", bytes }).put({ tag: 0x00080060, vr: "CS", bytes });
  assert.equal(dataSet.string(comments)!.length, bytes.length);
  assert.equal(dataSet.string(0x00080060), "x");
});

test("numbers come from binary and from decimal values", () => {
  const dataSet = new DataSet()
    .set(0x00280010, "US", [512, 7])
    .set(0x00200032, "DS", ["-1.5", " 2 ", "", "x", "3e2"])
    .set(0x0072006e, "LT", "");
  assert.deepEqual(dataSet.numbers(0x00280010), [512, 7]);
  assert.deepEqual(dataSet.numbers(0x00200032), [-1.5, 2, 300]);
  assert.equal(dataSet.number(0x0072006e), undefined);
  assert.equal(dataSet.number(0x00200013), undefined);
});

test("absent and empty values are told from none", () => {
  const dataSet = new DataSet().set(patientName, "PN", "").set(0x00081140, "SQ", []);
  assert.equal(dataSet.string(patientName), undefined);
  assert.deepEqual(dataSet.strings(patientName), []);
  assert.equal(dataSet.get(patientName)!.bytes!.length, 0);
  assert.deepEqual(dataSet.items(0x00081140), []);
  assert.ok(dataSet.has(0x00081140) && !dataSet.has(0x00081155));
});

test("an element deleted while iterating is still met, and gone afterwards", () => {
  const dataSet = new DataSet().set(0x00080060, "CS", "CT").set(0x00100020, "LO", "1").set(0x00280010, "US", 1);
  const met: number[] = [];
  for (const { tag } of dataSet) {
    met.push(tag);
    dataSet.delete(tag);
  }
  assert.equal(met.length, 3);
  assert.equal(dataSet.size, 0);
});
