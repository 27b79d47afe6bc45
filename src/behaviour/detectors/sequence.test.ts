import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "../../core/index.ts";
import { Sequence } from "./sequence.ts";
import { eventAt, feed, limits, restored, saved, strongest } from "./testing/observe.ts";

type Step = [activity: Activity, operation: string];
const console_: Step[] = [
  ["associate", "A-ASSOCIATE"],
  ["query", "C-FIND"],
  ["read", "C-MOVE"],
  ["create", "C-STORE"],
  ["release", "A-RELEASE"],
];
const viewer: Step[] = [
  ["login", "login"],
  ["query", "QIDO-RS"],
  ["read", "WADO-RS metadata"],
  ["read", "WADO-RS rendered"],
  ["logout", "logout"],
];
const administrator: Step[] = [
  ["admin", "users list"],
  ["admin", "peers add"],
  ["delete", "DELETE"],
  ["export", "export"],
];
const step = (at: number, who: string, [activity, operation]: Step) => eventAt(at, who, activity, { operation });

/** Everybody does its own thing over and over, with small variations. */
function department(): Sequence {
  const detector = new Sequence(limits);
  for (let i = 0; i < 300; i++) {
    for (const [who, steps, group] of [
      ["LINAC1", console_, 1],
      ["anna", viewer, 2],
      ["root", administrator, 3],
    ] as const) {
      steps.forEach((one, k) => {
        if ((i + k) % 17 === 0) return;
        const told = feed(detector, step(i * 600 + k * 10, who, one), group);
        if (i > 100) assert.ok(strongest(told) < 5, `${who} ${i} ${strongest(told)}`);
      });
    }
  }
  return detector;
}
const learnt = department();
const now = 300 * 600;
const most = (who: string, steps: readonly Step[], group: number) => {
  const detector = restored(new Sequence(limits), learnt);
  return Math.max(...steps.map((one, k) => strongest(feed(detector, step(now + k * 10, who, one), group))));
};
const mixed = [...administrator, console_[2]!, viewer[1]!, administrator[2]!, administrator[1]!, console_[3]!];

test("an account that acts in another's order stands out within ten actions, its own order does not", () => {
  assert.ok(most("anna", mixed, 2) >= 8, String(most("anna", mixed, 2)));
  assert.ok(most("anna", [...viewer, ...viewer], 2) < 2);
  assert.ok(most("LINAC1", [...console_, ...console_], 1) < 2);
});

test("the same action a thousand times says nothing of order", () => {
  assert.ok(
    most(
      "anna",
      Array.from({ length: 1_000 }, () => viewer[3]!),
      2,
    ) < 4,
  );
});

test("an account that little is known of is not judged by its order", () => {
  assert.equal(most("new", mixed, 2), 0);
});

test("a snapshot continues as the original does", () => {
  const [copy, original] = [0, 1].map(() => restored(new Sequence(limits), learnt)) as [Sequence, Sequence];
  for (const detector of [copy, original])
    mixed.forEach((one, k) => void feed(detector, step(now + k, "anna", one), 2));
  assert.deepEqual(saved(copy), saved(original));
});
