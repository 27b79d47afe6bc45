import assert from "node:assert/strict";
import { test } from "node:test";
import { crashTest } from "./crash.ts";

test("20 kills under load lose nothing acknowledged", async (t) => {
  const seed = Math.floor(Math.random() * 1e6);
  t.diagnostic(`seed ${seed}`);
  const report = await crashTest(20, seed, () => {});
  assert.ok(report.acknowledged > 100);
});
