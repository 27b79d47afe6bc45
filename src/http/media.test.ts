import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { covers, parseAccept, parseMediaType } from "./media.ts";

test("reads type and parameters, quoted or not", () => {
  const media = parseMediaType('Multipart/Related; Type="application/dicom" ; boundary="a;b, \\"c"')!;
  assert.equal(media.type, "multipart/related");
  assert.deepEqual(Object.fromEntries(media.parameters), { type: "application/dicom", boundary: 'a;b, "c' });
  for (const wrong of ["", "x", "/x", "a/b; c", "a/b; c=", 'a/b; c="d', "a/b; c=1; c=2"]) {
    assert.equal(parseMediaType(wrong), undefined, wrong);
  }
});

test("orders an Accept field by quality, then by how specific it is", () => {
  const order = parseAccept(
    '*/*, image/*;q=1, image/png; q=0.5, multipart/related; type="image/jpeg", text/html;q=0',
  ).map(({ type }) => type);
  assert.deepEqual(order, ["multipart/related", "image/*", "*/*", "image/png"]);
});

test("absent or empty means anything", () => {
  for (const field of [undefined, "", "  "]) assert.equal(parseAccept(field)[0]!.type, "*/*");
});

test("refuses a malformed or oversized field", () => {
  assert.throws(() => parseAccept("a/b;q=2"), { code: "request/invalid" });
  assert.throws(() => parseAccept("nonsense"), { code: "request/invalid" });
  assert.throws(() => parseAccept("a/b,".repeat(2000)), { code: "request/too-large" });
  assert.throws(() => parseAccept(Array(40).fill("a/b").join(",")), { code: "request/too-large" });
});

test("wildcards cover", () => {
  const [range] = parseAccept("image/*");
  assert.ok(covers(range!, "image/png"));
  assert.ok(!covers(range!, "imagex/png"));
});

test("any text either parses or is refused with a request code", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseAccept(text);
      } catch (error) {
        assert.match((error as { code: string }).code, /^request\//);
      }
    }),
  );
});
