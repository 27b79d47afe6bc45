import assert from "node:assert/strict";
import { test } from "node:test";
import { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Finding } from "./alert.ts";
import { Ration } from "./ration.ts";

const week = 7 * 86_400;
const found = (nats: Record<string, number>): Finding[] =>
  Object.entries(nats).map(([detector, each]) => ({
    ...{ detector, kind: "principal", nats: each, invariant: false },
    reason: { detector, text: "" },
  }));
const harm = found({ destruction: 12, volume: 12 });
const lesserHarm = found({ destruction: 9, volume: 9 });
const much = found({ volume: 12, breadth: 12, novelty: 12 });

/** After so many decoys that nothing at one and a half times the level is worth its price. */
function spent(): Ration {
  const ration = new Ration(1, 0.1);
  while (ration.take(0, 1.5, much));
  return ration;
}

test("a ledger that is spent keeps back what is much, and what does harm three times no more", () => {
  const ration = spent();
  assert.ok(!ration.take(0, 1.5, much) && !ration.take(0, 1.5, lesserHarm));
  const told = Array.from({ length: 5 }, () => ration.take(0, 1.2, harm));
  assert.deepEqual(told, [true, true, true, false, false]);
  assert.ok(!ration.take(9 * week, 0.9, much));
});

test("the bucket for harm fills by a tenth of the budget, and a snapshot keeps what is in it", () => {
  const ration = spent();
  for (let taken = 0; taken < 3; taken++) assert.ok(ration.take(0, 1.2, harm));
  const out = new SnapshotWriter();
  ration.save(out);
  const copy = new Ration(1, 0.1);
  copy.load(new SnapshotReader(out.bytes()));
  for (const one of [ration, copy]) {
    for (let decoys = 0; decoys < 30; decoys++) one.take(10.5 * week, 1.5, much); // the ledger is spent again
    assert.deepEqual([one.take(10.5 * week, 1.2, harm), one.take(10.5 * week, 1.2, harm)], [true, false]);
  }
});
