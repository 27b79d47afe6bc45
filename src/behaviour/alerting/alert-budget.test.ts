import assert from "node:assert/strict";
import { test } from "node:test";
import { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { AlertBudget } from "./alert-budget.ts";

const week = 7 * 86_400;
/** Surprise of the harshest stream, as a multiple of the alert level. */
const most = 10;
const atOnce = 1 + Math.log(most) / Math.log(1.1);

/** Alerts told of a stream whose surprise is exponential beyond the alert level, many a week by nature. */
function told(perWeek: number, natural: number, weeks: number): number {
  const budget = new AlertBudget(perWeek);
  let seed = 7;
  const draw = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  let count = 0;
  for (let time = 0; time < weeks * week; ) {
    time += (-Math.log(draw()) * week) / natural;
    if (budget.take(time, Math.min(most, 1 - Math.log(draw()) / 4))) count++;
  }
  return count;
}

test("alerts of a stationary stream keep to the budget, whatever their natural rate; more budget, more alerts", () => {
  const weeks = 400;
  for (const natural of [3, 20, 200]) {
    const counts = [0.25, 1, 4].map((perWeek) => told(perWeek, natural, weeks));
    for (const [index, perWeek] of [0.25, 1, 4].entries())
      assert.ok(counts[index]! <= perWeek * weeks + atOnce, `${natural}: ${counts.join()}`);
    assert.ok(counts[0]! < counts[1]! && counts[1]! < counts[2]!, counts.join());
    assert.ok(counts[0]! >= 0.2 * weeks, counts.join());
  }
});

test("the bound holds for a stream that is grave at every moment", () => {
  const budget = new AlertBudget(1);
  let count = 0;
  for (let time = 0; time < 10 * week; time += 60) if (budget.take(time, most)) count++;
  assert.ok(count <= 10 + atOnce, String(count));
});

test("what is graver than what was told before is told; what is not worth its price costs nothing", () => {
  const budget = new AlertBudget(1);
  for (let i = 0; i < 200; i++) budget.take(0, 1.5);
  assert.equal(budget.take(0, 1.5), false);
  const price = budget.price(0);
  assert.equal(budget.price(0), price);
  assert.ok(budget.take(0, 2));
  assert.ok(budget.price(0) > price);
  assert.equal(budget.price(20 * week), 1);
});

test("an alert that proved true costs nothing; taken back, it costs what it did", () => {
  const budget = new AlertBudget(1);
  const first = budget.price(0);
  budget.refund();
  assert.equal(budget.price(0), first, "nothing is earned in advance");
  budget.take(0, 9);
  const told = budget.price(0);
  budget.refund();
  assert.equal(budget.price(0), first);
  budget.charge();
  assert.equal(budget.price(0), told);
});

test("a restored ledger continues as the original", () => {
  const [one, other] = [new AlertBudget(1), new AlertBudget(1)];
  for (let i = 0; i < 5; i++) one.take(i * 3_600, 9);
  const out = new SnapshotWriter();
  one.save(out);
  other.load(new SnapshotReader(out.bytes()));
  assert.equal(other.price(week), one.price(week));
});
