import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rtSets, smallObjects } from "../../sim/objects/index.ts";
import { DataSet } from "./data-set.ts";
import type { Vr } from "./dictionary/index.ts";
import { toDicomJson } from "./json.ts";
import { dicomJsonText } from "./json-text.ts";
import { readDataSet } from "./read.ts";

const seed = Number(process.env["HOLDFAST_SEED"] ?? Date.now() % 2 ** 31);

function same(dataSet: DataSet): void {
  const options = { inlineLimit: 64, bulkDataUri: (_: unknown, path: readonly number[]) => `bulk/${path.join("/")}` };
  const text = JSON.stringify(JSON.parse(dicomJsonText(dataSet, options))); // makes -0 the 0 that it is in the model's text
  assert.equal(text, JSON.stringify(toDicomJson(dataSet, options)));
}

test("the text says what the model says", () => {
  const objects = [...rtSets({ seed: 3, slices: 2, size: 16, fractions: 1 }), ...smallObjects({ seed: 3, count: 2 })];
  for (const { bytes, dataSetOffset, transferSyntaxUid } of objects)
    same(readDataSet(bytes.subarray(dataSetOffset), transferSyntaxUid));
  same(new DataSet());
  same(new DataSet().set(0x00081140, "SQ", [new DataSet(), new DataSet().set(0x00080000, "UL", 4)]));
});

test(`decimal strings of any form mean the same (seed ${seed})`, () => {
  const number = fc.stringMatching(/^ ?[+-]?[0-9]{0,9}\.?[0-9]{0,9}([eE][+-]?[0-9])?[x\t ]?$/);
  const forms = fc.constantFrom(
    "0",
    "-0",
    "007",
    "1.",
    ".5",
    "+3",
    "1E5",
    "-",
    "",
    "12345678901234567",
    "0.1234567890123456",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(number, forms), { maxLength: 4 }), fc.constantFrom("DS", "IS"), (values, vr) => {
      same(new DataSet().set(0x30060050, vr as "DS" | "IS", values));
    }),
    { seed, numRuns: 500 },
  );
});

test(`text of any form means the same (seed ${seed})`, () => {
  const vr = fc.constantFrom<Vr>("AE", "CS", "DA", "LO", "LT", "PN", "SH", "TM", "UC", "UI", "UR", "UT");
  const part = fc.constantFrom(" ", "  ", "\\", "=", '"', "^", "\0", "\t", "\x1b$B", "a", "Bc", "é", "山", "~", "\x7f");
  fc.assert(
    fc.property(
      vr,
      fc.array(part, { maxLength: 6 }),
      fc.constantFrom("", "ISO_IR 192", "ISO_IR 13"),
      (vr, parts, set) => {
        const bytes = Buffer.from(parts.join(""));
        same(new DataSet().set(0x00080005, "CS", set).put({ tag: 0x00091010, vr, bytes }));
      },
    ),
    { seed, numRuns: 2000 },
  );
});

test("attributes are in ascending order, those without a letter in their key too", () => {
  const dataSet = new DataSet().set(0x0020000d, "UI", "2.25.1").set(0x30060020, "SQ", []).set(0x300a00b0, "SQ", []);
  assert.deepEqual(dicomJsonText(dataSet).match(/[0-9A-F]{8}/g), ["0020000D", "30060020", "300A00B0"]);
});
