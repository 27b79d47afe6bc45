import assert from "node:assert/strict";
import { test } from "node:test";
import { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { Calibration } from "./calibration.ts";

const hour = 3_600;

/** Peaks of ordinary hours, exponential with this mean: the quantiles of the distribution in a scattered order. */
function ordinary(calibration: Calibration, mean: number, group: number, count: number, from = 0): void {
  for (let i = 0; i < count; i++) {
    const share = ((i * 0.618_033_988_75) % 1) * 0.999 + 0.000_5;
    calibration.learn(-mean * Math.log(share), group, (from + i) * hour);
  }
}

test("what ordinary hours reach is not surprising, what few reach is as surprising as they are few", () => {
  const calibration = new Calibration();
  ordinary(calibration, 1, 1, 4_000);
  assert.ok(calibration.surprise(0.5, 1) < 1, `${calibration.surprise(0.5, 1)}`);
  for (const value of [2, 3, 5]) {
    const surprise = calibration.surprise(value, 1);
    assert.ok(Math.abs(surprise - value) < 0.25 * value + 0.3, `a value of ${value} has ${surprise} nats`);
  }
});

test("a stream whose hours peak higher finds the same value less surprising", () => {
  const [calm, lively] = [new Calibration(), new Calibration()];
  ordinary(calm, 0.5, 1, 4_000);
  ordinary(lively, 3, 1, 4_000);
  assert.ok(calm.surprise(6, 1) > 2 * lively.surprise(6, 1));
});

test("a peer group is held to its own hours, a new one to everybody's", () => {
  const calibration = new Calibration();
  ordinary(calibration, 0.5, 1, 4_000);
  ordinary(calibration, 3, 2, 4_000, 4_000);
  assert.ok(calibration.surprise(8, 1) > calibration.surprise(8, 2) + 2);
  const unknown = calibration.surprise(8, 3);
  assert.ok(unknown < calibration.surprise(8, 1) && unknown > calibration.surprise(8, 2) - 1);
});

test("a thousand hours of attack do not become ordinary", () => {
  const calibration = new Calibration();
  ordinary(calibration, 1, 1, 4_000);
  const before = calibration.surprise(12, 1);
  for (let i = 0; i < 1_000; i++) calibration.learn(12, 1, 4_000 * hour + i);
  const after = calibration.surprise(12, 1);
  assert.ok(after > before / 2 && after > 5, `${before} nats before, ${after} after`);
});

test("a snapshot goes on as the original does", () => {
  const [original, restored] = [new Calibration(), new Calibration()];
  ordinary(original, 1, 1, 1_000);
  const out = new SnapshotWriter();
  original.save(out);
  restored.load(new SnapshotReader(out.bytes()));
  for (const calibration of [original, restored]) ordinary(calibration, 2, 2, 500, 1_000);
  for (const group of [1, 2, 3]) assert.equal(restored.surprise(4, group), original.surprise(4, group));
});
