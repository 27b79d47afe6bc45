import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { spliceMember } from "./splice.ts";

const key = fc.stringMatching(/^[0-9A-F]{8}$/);
const text = fc.oneof(fc.string(), fc.constantFrom('"', "\\", '\\"', '"00100010":', "{", "}", "é漢"));
const value = fc.record({
  vr: fc.constant("SQ"),
  Value: fc.array(fc.oneof(text, fc.dictionary(key, text)), { maxLength: 3 }),
});

test("equals parsing, adding and sorting", () => {
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 6 }), key, (object, added) => {
      const sorted = JSON.stringify(Object.fromEntries(Object.entries(object).sort(byKey)));
      fc.pre(!Object.keys(object).some((name) => /^[1-9]\d{0,9}$/.test(name)) && !/^[1-9]\d{0,9}$/.test(added));
      const expected = Object.entries({ [added]: "new", ...object }).sort(byKey);
      assert.equal(spliceMember(sorted, added, '"new"'), JSON.stringify(Object.fromEntries(expected)));
    }),
  );
});

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
