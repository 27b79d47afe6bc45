import assert from "node:assert/strict";
import { test } from "node:test";
import { scales } from "../parameters.ts";
import { decays, Rates, rateFloats } from "./rates.ts";

/** A row that sees `count` events every `every` seconds, `times` over; the evidence of the last. */
function habit(rates: Rates, row: Float32Array, count: number, every: number, times: number): number {
  const decay = new Float64Array(scales.length);
  const one = new Float64Array(scales.length).fill(1);
  let evidence = 0;
  for (let i = 0; i < times; i++) {
    decays(every, decay);
    rates.advance(row, 0, decay);
    for (let k = 0; k < count; k++) evidence = rates.observe(row, 0, one);
  }
  return evidence;
}

test("what is usual is no evidence, ten times as much is", () => {
  const rates = new Rates(0);
  const row = new Float32Array(rateFloats);
  habit(rates, row, 10, 7_200, 300);
  const usual = habit(rates, row, 10, 7_200, 1);
  const unusual = habit(rates, row, 100, 7_200, 1);
  assert.ok(usual < 10, `usual ${usual}`);
  assert.ok(unusual > 50, `unusual ${unusual}`);
  assert.ok(rates.observed > 90 && rates.expected < 30);
});

test("one flood teaches little: the next one still stands far out", () => {
  const rates = new Rates(0);
  const row = new Float32Array(rateFloats);
  habit(rates, row, 10, 7_200, 300);
  const first = habit(rates, row, 5_000, 7_200, 1);
  habit(rates, row, 10, 7_200, 5);
  const second = habit(rates, row, 5_000, 7_200, 1);
  assert.ok(second > first / 3 && second > 1_000, `${first} then ${second}`);
});

test("a lasting change is learnt", () => {
  const rates = new Rates(0);
  const row = new Float32Array(rateFloats);
  habit(rates, row, 10, 7_200, 300);
  const first = habit(rates, row, 40, 7_200, 1);
  habit(rates, row, 40, 7_200, 200);
  const later = habit(rates, row, 40, 7_200, 1);
  assert.ok(later < first / 4, `${first} then ${later}`);
});
