import assert from "node:assert/strict";
import { test } from "node:test";
import { earlyEntries } from "./early-entries.ts";
import { StoreTable } from "./store-table.ts";

/** A journal in which each patient has so many objects; entries are named by where they lie. */
function surveyed(...objects: number[]) {
  const stores = new StoreTable();
  let at = 0;
  for (const [patient, count] of objects.entries())
    for (let object = 0; object < count; object++)
      stores.add(patient, `${patient}.${object}`, { file: 0, at: at++, length: 1 });
  const patients = objects.map((count) => ({ named: true, objects: count }));
  return { patients, stores, others: [], entries: 1_000_000, treated: objects.map((_, patient) => patient) };
}

const length = (of: Parameters<typeof earlyEntries>[0]): number | undefined => earlyEntries(of)?.places.length;

test("patients are taken whole, the newest plan first, as long as there is room", () => {
  const of = surveyed(100, 4_000, 3_000, 50, 7);
  const early = earlyEntries({ ...of, treated: [2, 1, 0, 3] });
  assert.deepEqual([early?.patients, early?.places.length], [3, 3_150]);
  assert.deepEqual(early?.places[0]?.at, 0);
  assert.ok(early.places.every(({ at }, index) => index === 0 || at > early.places[index - 1]!.at));
});

test("what changes an archive otherwise is always among them, in the order of the journal", () => {
  const others = [
    { file: 7, at: 1, length: 1 },
    { file: 0, at: 9, length: 1 },
  ];
  const early = earlyEntries({ ...surveyed(2), others });
  assert.deepEqual(
    early?.places.map(({ file, at }) => [file, at]),
    [
      [0, 0],
      [0, 1],
      [0, 9],
      [7, 1],
    ],
  );
});

test("who shares an instance with a chosen patient is chosen too, and who shares one with that", () => {
  const of = surveyed(2, 3, 4, 5);
  of.stores.add(1, "0.1", { file: 1, at: 0, length: 1 });
  of.stores.add(2, "1.0", { file: 1, at: 1, length: 1 });
  of.patients[1]!.objects++;
  of.patients[2]!.objects++;
  assert.equal(length({ ...of, treated: [0] }), 2 + 4 + 5);
});

test("none where it spares no time, nobody is treated, nobody has an ID, or no few patients are whole", () => {
  assert.equal(length({ ...surveyed(2), entries: 1_000 }), undefined);
  assert.equal(length({ ...surveyed(2), treated: [] }), undefined);
  assert.equal(length({ ...surveyed(2), patients: [{ named: false, objects: 2 }] }), undefined);
  const of = surveyed(2, 20_000);
  of.stores.add(1, "0.0", { file: 1, at: 0, length: 1 });
  assert.equal(length({ ...of, treated: [0] }), undefined);
});

test("a table of many stores keeps each", () => {
  const { stores } = surveyed(5_000);
  stores.add(9, "x", { file: 2 ** 40, at: 2 ** 33, length: 2 ** 26 });
  assert.deepEqual(stores.placeOf(5_000), { file: 2 ** 40, at: 2 ** 33, length: 2 ** 26 });
  assert.deepEqual([stores.patientOf(4_999), stores.patientOf(5_000), stores.placeOf(4_999).at], [0, 9, 4_999]);
  assert.notEqual(stores.instanceOf(0), stores.instanceOf(1));
});
