import assert from "node:assert/strict";
import { test } from "node:test";
import type { FastifyRequest } from "fastify";
import { isNotModified } from "./conditional.ts";
import { partialFields, rangeOf } from "./range.ts";

const validators = { etag: '"abc"', lastModified: Date.UTC(2026, 0, 1) };
const get = (headers: Record<string, string>, method = "GET") => ({ method, headers }) as unknown as FastifyRequest;

for (const [field, expected] of [
  [undefined, undefined],
  ["bytes=0-0", { start: 0, end: 1 }],
  ["bytes=10-", { start: 10, end: 100 }],
  ["bytes=-10", { start: 90, end: 100 }],
  ["bytes=-1000", { start: 0, end: 100 }],
  ["bytes=90-1000", { start: 90, end: 100 }],
  ["bytes=0-1,5-6", undefined],
  ["lines=1-2", undefined],
  ["bytes=-", undefined],
  ["bytes=a-b", undefined],
] as const) {
  test(`Range ${field}`, () => {
    assert.deepEqual(rangeOf(get(field === undefined ? {} : { range: field }), 100, validators), expected);
  });
}

test("a range outside is 416 with the size", () => {
  for (const range of ["bytes=100-", "bytes=5-4", "bytes=-0"]) {
    assert.throws(() => rangeOf(get({ range }), 100, validators), {
      status: 416,
      headers: { "content-range": "bytes */100" },
    });
  }
});

test("If-Range holds by tag or date, else the whole is sent", () => {
  const range = "bytes=1-2";
  assert.ok(rangeOf(get({ range, "if-range": '"abc"' }), 100, validators));
  assert.ok(rangeOf(get({ range, "if-range": new Date(validators.lastModified).toUTCString() }), 100, validators));
  assert.equal(rangeOf(get({ range, "if-range": '"other"' }), 100, validators), undefined);
  assert.equal(rangeOf(get({ range, "if-range": "Thu, 01 Jan 1970 00:00:00 GMT" }), 100, validators), undefined);
});

test("HEAD ignores ranges", () =>
  assert.equal(rangeOf(get({ range: "bytes=1-2" }, "HEAD"), 100, validators), undefined));

test("Content-Range names the last byte inclusively", () => {
  assert.equal(partialFields({ start: 1, end: 3 }, 9).headers["content-range"], "bytes 1-2/9");
});

test("If-None-Match goes before If-Modified-Since", () => {
  const later = new Date(validators.lastModified + 5000).toUTCString();
  assert.ok(isNotModified(get({ "if-none-match": '"x", W/"abc"' }), validators));
  assert.ok(isNotModified(get({ "if-none-match": "*" }), validators));
  assert.ok(!isNotModified(get({ "if-none-match": '"x"', "if-modified-since": later }), validators));
  assert.ok(isNotModified(get({ "if-modified-since": later }), validators));
  assert.ok(!isNotModified(get({ "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT" }), validators));
});
