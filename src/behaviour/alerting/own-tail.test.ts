import assert from "node:assert/strict";
import { test } from "node:test";
import { OwnTail, ownFloats } from "./own-tail.ts";

const tail = new OwnTail({ priorRate: 2, priorScale: 2, leastRate: 0, memory: 1_000 });

/** A row that has known so many hours, every so many of them this far in the tail. */
function row(hours: number, every: number, nats: number): Float32Array {
  const data = new Float32Array(ownFloats);
  for (let hour = 100; hour < 100 + hours; hour++) tail.learn(data, 0, hour % every === 0 ? nats : 0, hour);
  return data;
}

test("what recurs surprises less, what one who never does it does surprises more", () => {
  const fresh = tail.surprise(new Float32Array(ownFloats), 0, 12, 0);
  assert.ok(Math.abs(fresh - 12) < 1e-6, String(fresh));
  assert.ok(tail.surprise(row(300, 30, 14), 0, 12, 300) < 7);
  assert.ok(tail.surprise(row(300, 1_000, 0), 0, 12, 300) > 12.5);
});

test("one long attack, however strong, makes itself little more ordinary", () => {
  const quiet = row(200, 1_000, 0);
  const before = tail.surprise(quiet, 0, 20, 200);
  for (let hour = 300; hour < 310; hour++) tail.learn(quiet, 0, 1e6, hour);
  assert.ok(tail.surprise(quiet, 0, 20, 210) > before * 0.5);
});
