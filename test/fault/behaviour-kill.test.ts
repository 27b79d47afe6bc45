import assert from "node:assert/strict";
import { test } from "node:test";
import { behaviourKillTest } from "./behaviour-kill.ts";

test("5 kills amid assessing: no event twice or lost, no remark lost, and the state is that of a plain replay", async (t) => {
  const seed = 1 + Math.floor(Math.random() * 1000);
  t.diagnostic(`seed ${seed}`);
  const report = await behaviourKillTest(5, seed, () => {});
  assert.ok(report.entries > 1_000);
  assert.ok(report.remarks > 0);
  assert.ok(report.resumed > 0, "snapshots of killed processes are used");
});
