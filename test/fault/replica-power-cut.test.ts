import assert from "node:assert/strict";
import { test } from "node:test";
import { cannotMount } from "./power-cut.ts";
import { replicaPowerCut } from "./replica-power-cut.ts";

test("a power cut at a replica takes back no recovery point that was stated", {
  skip: cannotMount() ?? false,
}, async (t) => {
  for (let round = 0; round < 3; round++) {
    const seed = Math.floor(Math.random() * 1e6);
    t.diagnostic(`seed ${seed}`);
    assert.ok((await replicaPowerCut(seed)) > 0);
  }
});
