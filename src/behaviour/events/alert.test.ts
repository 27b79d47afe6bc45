import assert from "node:assert/strict";
import { test } from "node:test";
import { type Finding, isGrave, isStrict } from "./alert.ts";

const found = (nats: Record<string, number>): Finding[] =>
  Object.entries(nats).map(([detector, each]) => ({
    ...{ detector, kind: "principal", nats: each, invariant: false },
    reason: { detector, text: "" },
  }));

test("grave is harm that a second, independent kind of evidence bears out", () => {
  assert.ok(isGrave(found({ destruction: 8, volume: 9 })));
  assert.ok(isGrave(found({ content: 12, destruction: 12 })));
  assert.ok(!isGrave(found({ destruction: 8, volume: 5 })), "the second hardly speaks");
  assert.ok(!isGrave(found({ dormant: 12, volume: 12, breadth: 12, burst: 12, endurance: 12 })), "amount in five ways");
  assert.ok(!isGrave(found({ novelty: 12, volume: 12 })), "no harm");
  assert.ok(!isGrave(found({ destruction: 12, volume: 9 }), 10) && !isGrave(found({ destruction: 9, volume: 12 }), 10));
});

test("strict is grave far beyond the level, or an invariant", () => {
  const grave = found({ destruction: 8, volume: 9 });
  assert.ok(isStrict(grave, 2.5) && !isStrict(grave, 2.4));
  assert.ok(isStrict([{ ...found({ treatment: 20 })[0]!, invariant: true }], 0));
});
