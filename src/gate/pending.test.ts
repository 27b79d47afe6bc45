import assert from "node:assert/strict";
import { test } from "node:test";
import { Pending } from "./pending.ts";

test("what is begun counts once and for its time, and a flood from one address pushes out its own alone", () => {
  let now = 0;
  const pending = new Pending<number>(() => now, 1_000);
  pending.put("a", 1, "192.0.2.1");
  assert.deepEqual([pending.take("a"), pending.take("a"), pending.take("none")], [1, undefined, undefined]);
  pending.put("late", 2, "192.0.2.1");
  now = 1_000;
  assert.equal(pending.take("late"), undefined);
  pending.put("mine", 3, "192.0.2.1");
  for (let i = 0; i < 50_000; i++) pending.put(`flood ${i}`, i, "203.0.113.9");
  assert.equal(pending.take("mine"), 3);
  assert.equal(pending.take("flood 0"), undefined);
  assert.equal(pending.take("flood 49999"), 49_999);
  // Very many addresses are bounded, too.
  pending.put("oldest", 4, "192.0.2.1");
  for (let i = 0; i < 10_000; i++) pending.put(`many ${i}`, i, `address ${i}`);
  assert.equal(pending.take("oldest"), undefined);
});
