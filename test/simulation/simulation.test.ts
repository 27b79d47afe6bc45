/** A few of the histories that `npm run simulate` plays by the thousand, and the proof that each invariant can fail. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { planted } from "./planted.ts";
import { simulate } from "./run.ts";

test("no history breaks an invariant", async () => {
  const { histories, failures, sums } = await simulate({ seed: 1, histories: 60, processes: 2 });
  assert.deepEqual(failures, []);
  assert.equal(histories, 60);
  for (const [what, count] of Object.entries(sums)) assert.ok(count > 40, `${count} ${what} prove little`);
});

for (const { name, breaks, seed = 1 } of planted)
  test(`planted: ${name}`, async () => {
    const { failures } = await simulate({ seed, histories: 400, processes: 1, bug: name });
    const [failure] = failures;
    assert.ok(failure?.invariant && breaks.includes(failure.invariant), failure?.error ?? "nothing broke");
  });
