import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { Uniformity } from "./uniformity.ts";

const text = Buffer.from(
  Array.from({ length: 40_000 }, (_, index) => `line ${index * 7919} of ${index ** 2}`).join("\n"),
);

function rangeOf(bytes: Uint8Array): { lowest: number; highest: number } {
  const uniformity = new Uniformity(() => 0.5);
  for (let at = 0; at < bytes.length; at += 65_536) uniformity.sample(bytes.subarray(at, at + 65_536));
  return uniformity.range!;
}

test("encrypted bytes look random, text does not", () => {
  const encrypted = createCipheriv("aes-256-ctr", randomBytes(32), randomBytes(16)).update(text);
  assert.ok(rangeOf(encrypted).highest < 400);
  assert.ok(rangeOf(text).lowest > 10_000);
});

test("compressed bytes are told from encrypted ones", () => {
  assert.ok(rangeOf(deflateSync(text)).highest > 400);
});

test("a partly encrypted object shows in the lowest window", () => {
  const { lowest, highest } = rangeOf(Buffer.concat([text.subarray(0, 131_072), randomBytes(131_072)]));
  assert.ok(lowest < 400 && highest > 10_000);
});

test("objects too small for a window have none", () => {
  const uniformity = new Uniformity(() => 0);
  uniformity.sample(randomBytes(1000));
  assert.equal(uniformity.range, undefined);
});
