import assert from "node:assert/strict";
import { test } from "node:test";
import { cannotMount, powerCutTest } from "./power-cut.ts";

test("a power cut loses nothing acknowledged", { skip: cannotMount() ?? false }, async (t) => {
  for (let round = 0; round < 3; round++) {
    const seed = Math.floor(Math.random() * 1e6);
    t.diagnostic(`seed ${seed}`);
    assert.ok((await powerCutTest(seed)) >= 20);
  }
});
