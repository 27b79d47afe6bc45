import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzz } from "./dataset.fuzz.ts";

/** A fixed seed keeps this run the same everywhere; the long run takes another one each time. */
const seed = 20_261;

test(`damaged data sets are read or refused with a code (seed ${seed})`, () => {
  const { outcomes } = fuzz({ seed, rounds: 1_500 });
  for (const outcome of ["read", "object/truncated", "object/length", "object/element", "object/transfer-syntax"])
    assert.ok(outcomes[outcome]! > 0, `${outcome} was never seen`);
});
