/** Some of the histories that `npm run simulate` plays by the thousand, and the proof that each invariant can fail. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planted } from "./planted.ts";
import { simulate } from "./run.ts";

const histories = 300;

test("no history breaks an invariant", async () => {
  const outcome = await simulate({ seed: 1, histories, processes: 2 });
  assert.deepEqual(outcome.failures, []);
  assert.equal(outcome.histories, histories);
  for (const [what, count] of Object.entries(outcome.sums))
    assert.ok(count > histories / 2, `${count} ${what} prove little`);
});

/** The seed of each is of a history that it breaks; where the code has changed since, one of the next is. */
const most = 60;

describe("planted", { concurrency: 2 }, () => {
  for (const { name, breaks, seed = 1 } of planted)
    test(name, async () => {
      const { failures } = await simulate({ seed, histories: most, processes: 1, bug: name });
      const [failure] = failures;
      assert.ok(failure?.invariant && breaks.includes(failure.invariant), failure?.error ?? "nothing broke");
    });
});
