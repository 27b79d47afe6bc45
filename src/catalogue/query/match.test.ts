import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matcherOf } from "./match.ts";
import { dateTimeRange, isWithin, rangeOf } from "./range.ts";
import { afterPrefix, matchesWildcard } from "./wildcard.ts";

function matches(vr: string, asked: unknown, value: unknown, fuzzy = false): boolean {
  return matcherOf({ vr, Value: [asked] }, fuzzy)!({ vr, Value: [value] });
}

test("times match at the precision asked for", () => {
  const cases: [asked: string, value: string, expected: boolean][] = [
    ["1030", "103059.5", true],
    ["1030", "103100", false],
    ["-1030", "103059", true],
    ["1030-", "1030", true],
    ["10-11", "115959", true],
    ["10-11", "12", false],
  ];
  for (const [asked, value, expected] of cases)
    assert.equal(matches("TM", asked, value), expected, `${asked} ${value}`);
});

test("dates match in either notation", () => {
  assert.ok(matches("DA", "2020-01-02", "20200102"));
  assert.ok(matches("DA", "20200101-20200131", "2020.01.15"));
  assert.ok(!matches("DA", "20200101-20200131", "20200201"));
  assert.deepEqual(rangeOf("DA", "-20200101"), { to: "20200101" });
});

test("date times are compared as instants, with their offsets", () => {
  assert.ok(matches("DT", "20200101120000+0100", "20200101110000+0000"));
  assert.ok(matches("DT", "20200101-20200102", "20200102235959.9"));
  assert.ok(!matches("DT", "20200101-", "20191231"));
  const range = dateTimeRange("20200101000000-0500-20200102000000-0500");
  assert.ok(isWithin(range, "20200101060000.000000"));
  assert.ok(!isWithin(range, "20200101040000.000000"));
});

test("names match without case in any component group, or each group its own", () => {
  const value = { Alphabetic: "Yamada^Tarou", Ideographic: "山田^太郎" };
  assert.ok(matches("PN", { Alphabetic: "yamada^tarou^^" }, value));
  assert.ok(matches("PN", { Alphabetic: "山田*" }, value));
  assert.ok(matches("PN", { Alphabetic: "yam*", Ideographic: "*太郎" }, value));
  assert.ok(!matches("PN", { Alphabetic: "yam*", Ideographic: "yam*" }, value));
});

test("fuzzy names match by the beginnings of words, whatever their order, case and accents", () => {
  const value = { Alphabetic: "Müller-Lüdenscheidt^Jörg" };
  for (const asked of ["muller", "JORG mul", "lud", "Jörg^Müller"])
    assert.ok(matches("PN", { Alphabetic: asked }, value, true), asked);
  assert.ok(!matches("PN", { Alphabetic: "uller" }, value, true));
});

test("numbers match by value, UIDs and text literally", () => {
  assert.ok(matches("IS", "5", 5));
  assert.ok(matches("DS", "5.0", 5));
  assert.ok(!matches("UI", "1.2.*", "1.2.3"));
  assert.ok(!matches("LO", "abc", "ABC"));
});

test("one item matches all keys of a sequence", () => {
  const item = (a: string, b: string) => ({
    "00400009": { vr: "SH", Value: [a] },
    "00401001": { vr: "SH", Value: [b] },
  });
  const stored = { vr: "SQ", Value: [item("1", "2"), item("3", "4")] };
  assert.equal(matcherOf({ vr: "SQ", Value: [item("3", "4")] }, false)!(stored), true);
  assert.equal(matcherOf({ vr: "SQ", Value: [item("1", "4")] }, false)!(stored), false);
});

test("nothing asked for matches everything", () => {
  for (const Value of [undefined, [], [""], ["*"], ["**"], [null]])
    assert.equal(matcherOf({ vr: "LO", ...(Value ? { Value } : {}) }, false), undefined);
});

test("wild cards match as the regular expression they stand for", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "😀"), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "😀", "*", "?"), maxLength: 6 });
  fc.assert(
    fc.property(pattern, letters, (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "su");
      assert.equal(matchesWildcard(pattern, text), expression.test(text));
    }),
  );
});

test("the end of a prefix lies after everything that begins with it", () => {
  const bytes = (text: string) => Buffer.from(text);
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), fc.string({ unit: "binary" }), (prefix, rest) => {
      const after = afterPrefix(prefix);
      if (after === undefined) return;
      assert.ok(Buffer.compare(bytes(prefix + rest), bytes(after)) < 0);
      assert.ok(Buffer.compare(bytes(prefix), bytes(after)) < 0);
    }),
  );
});
