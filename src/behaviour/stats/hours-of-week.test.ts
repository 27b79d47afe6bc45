import assert from "node:assert/strict";
import { test } from "node:test";
import { HoursOfWeek } from "./hours-of-week.ts";

const week = 168;
const first = 492_000;

/** Each week's amount in three hours on end, then another hour far behind them closes those. */
function spoken(weeks: readonly number[]): number {
  const hours = new HoursOfWeek();
  for (const [number, amount] of weeks.entries()) {
    for (const hour of [9, 10, 11]) for (let i = 0; i < amount; i++) hours.add(first + number * week + hour, true);
    hours.add(first + number * week + 100, true); // three days later: they have taught
  }
  return hours.expected(first + weeks.length * week + 10);
}

test("an hour is expected to speak when it did so in the last two weeks, not when it did once", () => {
  assert.equal(spoken([20]), 0);
  assert.equal(spoken([0, 20]), 0);
  assert.equal(spoken([20, 20]), 20);
  assert.equal(spoken([20, 20, 30]), 70 / 3);
  assert.equal(spoken([20, 20, 0]), 0);
  assert.equal(spoken([20, 20, 0, 20]), 0);
  assert.equal(spoken([20, 20, 0, 20, 30]), 25);
});
