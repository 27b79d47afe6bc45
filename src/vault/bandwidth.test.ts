import assert from "node:assert/strict";
import { test } from "node:test";
import { Bandwidth } from "./bandwidth.ts";

test("bytes pass at the rate stated, whoever asks, and time that nobody used is not saved up", async () => {
  let now = 1_000;
  const waits: number[] = [];
  const bandwidth = new Bandwidth(
    1_000_000,
    () => now,
    async (milliseconds) => void waits.push(milliseconds),
  );
  await Promise.all([bandwidth.pass(500_000), bandwidth.pass(500_000), bandwidth.pass(1)]);
  assert.deepEqual(waits, [500, 1_000]);
  now = 60_000;
  await bandwidth.pass(500_000);
  await bandwidth.pass(1);
  assert.deepEqual(waits, [500, 1_000, 500]);
});
