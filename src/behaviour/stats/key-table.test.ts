import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyTable } from "./key-table.ts";
import { SnapshotReader, SnapshotWriter } from "./snapshot.ts";

const options = { capacity: 2_000, stride: 2, worth: 0, patience: 1_000 };

test("every key finds its own row, through growth", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.nat(50), fc.nat(50).map(scattered)), { selector: String, maxLength: 1_500 }),
      (keys) => {
        const table = new KeyTable(options);
        keys.forEach(([high, low], i) => {
          assert.equal(table.find(high, low), -1);
          table.data[table.add(high, low, i) * 2 + 1] = i;
        });
        keys.forEach(([high, low], i) => {
          assert.equal(table.data[table.find(high, low) * 2 + 1], Math.fround(i));
        });
      },
    ),
    { numRuns: 50 },
  );
});

test("beyond its capacity it forgets, keeps its size, and every key it still knows is in the right row", () => {
  const table = new KeyTable(options);
  for (let i = 0; i < 50_000; i++) table.data[table.add(i, scattered(i % 9_700), i) * 2 + 1] = i;
  assert.equal(table.size, options.capacity);
  assert.equal(table.evictions, 50_000 - options.capacity);
  let known = 0;
  for (let i = 0; i < 50_000; i++) {
    const row = table.find(i, scattered(i % 9_700));
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

test("where half of the table has a history, a flood still evicts itself, oldest first", () => {
  const table = new KeyTable(options);
  const half = options.capacity / 2;
  for (let i = 0; i < half; i++) table.data[table.add(1, scattered(i), 0) * 2] = 100;
  for (let i = 0; i < 20_000; i++) table.add(2, scattered(i), 100);
  const kept = Array.from({ length: half }, (_, i) => table.find(1, scattered(i))).filter((row) => row >= 0).length;
  assert.ok(kept >= half * 0.97, `${kept} of ${half} kept`);
  const stays = (from: number): number =>
    Array.from({ length: 200 }, (_, i) => table.find(2, scattered(from + i))).filter((row) => row >= 0).length;
  assert.ok(stays(19_800) >= 190, `${stays(19_800)} of the last 200 fresh keys kept`);
  assert.equal(stays(15_000), 0);
});

test("of rows of every worth those worth most stay, and those worth least go", () => {
  const table = new KeyTable(options);
  const worthOf = (i: number): number => Math.exp((i % 100) / 10);
  for (let i = 0; i < options.capacity; i++) table.data[table.add(1, scattered(i), 0) * 2] = worthOf(i);
  for (let i = 0; i < 1_000; i++) table.data[table.add(2, scattered(i), 1) * 2] = worthOf(scattered(i));
  const kept = (of: (percent: number) => boolean): number => {
    let count = 0;
    for (let i = 0; i < options.capacity; i++) if (of(i % 100) && table.find(1, scattered(i)) >= 0) count++;
    return count;
  };
  const [least, most] = [kept((percent) => percent < 20), kept((percent) => percent >= 80)];
  assert.ok(least < 40 && most > 380, `of 400 each: ${least} of the least, ${most} of the most`);
});

test("made-up collisions push out one another: others keep their rows, and the search for a key stays short", () => {
  const crafted = 1_500;
  const table = new KeyTable({ ...options, capacity: 20_000 });
  for (let i = 0; i < 400; i++) table.data[table.add(7, scattered(i), 0) * 2] = 10;
  table.data[table.add(8, 5, 0) * 2] = 100;
  for (let i = 0; i < crafted; i++) {
    const row = table.add(i + 100, 5, 1);
    assert.equal(table.find(i + 100, 5), row);
  }
  let known = 0;
  for (let i = 0; i < crafted; i++) if (table.find(i + 100, 5) >= 0) known++;
  assert.ok(known <= 128, `${known} keys with one home`);
  assert.ok(table.find(8, 5) >= 0, "a key with a history stays among them");
  assert.ok(table.evictions >= crafted - 128);
  for (let i = 0; i < 5_000; i++) table.add(9, scattered(i + 1_000), 2);
  for (let i = 0; i < 400; i++) assert.ok(table.find(7, scattered(i)) >= 0, `key ${i}`);
});

test("a restored table continues as the original does, evictions included", () => {
  const original = new KeyTable(options);
  for (let i = 0; i < 5_000; i++) original.add(i, i, i);
  const restored = new KeyTable(options);
  restored.load(new SnapshotReader(saved(original)));
  for (const table of [original, restored]) for (let i = 5_000; i < 8_000; i++) table.add(i, i, i);
  assert.deepEqual(saved(restored), saved(original));
});

/** A low lane as hashes give it. */
function scattered(i: number): number {
  return Math.imul(i + 1, 0x9e3779b1) >>> 0;
}

function saved(table: KeyTable): Uint8Array {
  const out = new SnapshotWriter();
  table.save(out);
  return out.bytes();
}
