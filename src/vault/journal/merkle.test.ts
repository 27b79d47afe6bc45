import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { CompactRange, leafHash } from "./merkle.ts";

/** MTH of RFC 6962 section 2.1, as written there. */
function treeHash(entries: Buffer[]): Buffer {
  if (entries.length === 0) return createHash("sha256").digest();
  if (entries.length === 1) return createHash("sha256").update(Buffer.of(0)).update(entries[0]!).digest();
  let split = 1;
  while (split * 2 < entries.length) split *= 2;
  const left = treeHash(entries.slice(0, split));
  const right = treeHash(entries.slice(split));
  return createHash("sha256").update(Buffer.of(1)).update(left).update(right).digest();
}

test("the compact range gives the RFC 6962 tree hash at every size", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 40 }), (arrays) => {
      const entries = arrays.map((bytes) => Buffer.from(bytes));
      const range = new CompactRange();
      for (const [index, entry] of entries.entries()) {
        range.append(leafHash(entry));
        assert.deepEqual(range.root(), treeHash(entries.slice(0, index + 1)));
      }
      assert.deepEqual(CompactRange.fromJSON(JSON.parse(JSON.stringify(range))).root(), treeHash(entries));
    }),
  );
});
