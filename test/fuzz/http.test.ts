import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzHttp } from "./http.fuzz.ts";

test("malformed requests are answered, never with 500", async (t) => {
  const seed = Number(process.env["HOLDFAST_SEED"] ?? Date.now() % 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const report = await fuzzHttp(seed, 20, 400);
  assert.deepEqual(report.failures, [], `seed ${seed}`);
  assert.ok(report.requests > 0);
});
