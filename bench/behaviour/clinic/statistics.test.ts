import assert from "node:assert/strict";
import { test } from "node:test";
import { poissonInterval, quantile } from "./statistics.ts";

test("the interval of a Poisson mean is that of Garwood's table", () => {
  const expected: [count: number, low: number, high: number][] = [
    [0, 0, 3.689],
    [1, 0.0253, 5.572],
    [10, 4.795, 18.39],
    [50, 37.11, 65.92],
  ];
  for (const [count, low, high] of expected) {
    const [gotLow, gotHigh] = poissonInterval(count);
    assert.ok(Math.abs(gotLow - low) < 0.01 && Math.abs(gotHigh - high) < 0.01, `${count}: ${gotLow} to ${gotHigh}`);
  }
});

test("quantiles by nearest rank", () => {
  assert.equal(quantile([3, 1, 2, 4], 0.5), 2);
  assert.equal(quantile([3, 1, 2, 4], 0.95), 4);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});
