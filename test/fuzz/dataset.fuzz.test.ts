import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzDataSets } from "./dataset.fuzz.ts";
import { mutations } from "./dataset-mutations.ts";

test("damaged data sets are read or refused, the same at once and in chunks", (t) => {
  const seed = Number(process.env["HOLDFAST_SEED"] ?? Date.now() % 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const report = fuzzDataSets({ seed, rounds: 1500 });
  assert.deepEqual(Object.keys(report.mutations).sort(), Object.keys(mutations).sort());
  for (const outcome of ["read", "object/truncated", "object/element", "object/length"])
    assert.ok(report.outcomes[outcome]! > 0, `seed ${seed}: no case ended with ${outcome}`);
});
