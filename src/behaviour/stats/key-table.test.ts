import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyTable } from "./key-table.ts";
import { SnapshotReader, SnapshotWriter } from "./snapshot.ts";

const options = { capacity: 2_000, stride: 2, worth: 0, patience: 1_000 };

test("every key finds its own row, through growth", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(fc.nat(50), fc.nat(50)), { selector: String, maxLength: 1_500 }), (keys) => {
      const table = new KeyTable(options);
      keys.forEach(([high, low], i) => {
        assert.equal(table.find(high, low), -1);
        table.data[table.add(high, low, i) * 2 + 1] = i;
      });
      keys.forEach(([high, low], i) => {
        assert.equal(table.data[table.find(high, low) * 2 + 1], Math.fround(i));
      });
    }),
    { numRuns: 50 },
  );
});

test("beyond its capacity it forgets, keeps its size, and every key it still knows is in the right row", () => {
  const table = new KeyTable(options);
  for (let i = 0; i < 50_000; i++) table.data[table.add(i, i % 97, i) * 2 + 1] = i;
  assert.equal(table.size, options.capacity);
  assert.equal(table.evictions, 50_000 - options.capacity);
  let known = 0;
  for (let i = 0; i < 50_000; i++) {
    const row = table.find(i, i % 97);
    if (row < 0) continue;
    known++;
    assert.equal(table.data[row * 2 + 1], Math.fround(i));
  }
  assert.equal(known, options.capacity);
});

test("a flood of fresh keys does not push out those with a history", () => {
  const table = new KeyTable(options);
  for (let i = 0; i < 200; i++) table.data[table.add(1, i, 0) * 2] = 100;
  for (let i = 0; i < 100_000; i++) table.add(2, i, 100);
  let kept = 0;
  for (let i = 0; i < 200; i++) if (table.find(1, i) >= 0) kept++;
  assert.ok(kept >= 198, `${kept} of 200 kept`);
});

test("a restored table continues as the original does, evictions included", () => {
  const original = new KeyTable(options);
  for (let i = 0; i < 5_000; i++) original.add(i, i, i);
  const restored = new KeyTable(options);
  restored.load(new SnapshotReader(saved(original)));
  for (const table of [original, restored]) for (let i = 5_000; i < 8_000; i++) table.add(i, i, i);
  assert.deepEqual(saved(restored), saved(original));
});

function saved(table: KeyTable): Uint8Array {
  const out = new SnapshotWriter();
  table.save(out);
  return out.bytes();
}
