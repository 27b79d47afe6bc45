import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Containment,
  type ContainmentAction,
  ContainmentState,
  containmentActions,
  isActive,
  type TargetKind,
  targetKinds,
} from "./index.ts";

const containment = (id: string, more: Partial<Containment> = {}): Containment => ({
  id,
  target: { kind: "principal", id: "peer:CT1" },
  action: "read-only",
  since: 1_000,
  reason: "writes to many patients",
  contact: "IT, 4711",
  ...more,
});

test("a containment is found by its target until it is released", () => {
  const state = new ContainmentState();
  state.apply(containment("a"));
  assert.equal(state.on("principal", "peer:CT1")?.["read-only"]?.id, "a");
  assert.equal(state.on("principal", "peer:CT2"), undefined);
  assert.equal(state.on("host", "peer:CT1"), undefined);
  assert.equal(state.release("a")?.id, "a");
  assert.equal(state.on("principal", "peer:CT1"), undefined);
  assert.equal(state.release("a"), undefined);
});

test("of several with one action the one that ends last counts, and the other when that is released", () => {
  const state = new ContainmentState();
  state.apply(containment("short", { until: 2_000 }));
  state.apply(containment("long", { until: 3_000 }));
  state.apply(containment("shorter", { until: 1_500 }));
  assert.equal(state.on("principal", "peer:CT1")?.["read-only"]?.id, "long");
  state.release("long");
  assert.equal(state.on("principal", "peer:CT1")?.["read-only"]?.id, "short");
});

test("a containment ends by itself, and expire tells which did", () => {
  const state = new ContainmentState();
  state.apply(containment("a", { until: 2_000 }));
  state.apply(containment("b"));
  assert.equal(isActive(state.get("a")!, 1_999), true);
  assert.equal(isActive(state.get("a")!, 2_000), false);
  assert.deepEqual(
    state.expire(2_000).map(({ id }) => id),
    ["a"],
  );
  assert.equal(state.size, 1);
});

test("the same id moves to a new target", () => {
  const state = new ContainmentState();
  state.apply(containment("a"));
  state.apply(containment("a", { target: { kind: "host", id: "192.0.2.1" } }));
  assert.equal(state.on("principal", "peer:CT1"), undefined);
  assert.equal(state.on("host", "192.0.2.1")?.["read-only"]?.id, "a");
});

test("listeners hear of every change until they leave", () => {
  const state = new ContainmentState();
  let heard = 0;
  const leave = state.subscribe(() => heard++);
  state.apply(containment("a"));
  state.release("a");
  state.release("a");
  state.replace([]);
  leave();
  state.apply(containment("b"));
  assert.equal(heard, 3);
});

const anyContainment = fc.record({
  id: fc.constantFrom("a", "b", "c", "d", "e"),
  target: fc.record({ kind: fc.constantFrom<TargetKind>(...targetKinds), id: fc.constantFrom("x", "y") }),
  action: fc.constantFrom<ContainmentAction>(...containmentActions),
  since: fc.constant(0),
  until: fc.integer({ min: 1, max: 5 }),
  reason: fc.constant(""),
  contact: fc.constant(""),
});

test("after any history the state is that of what still stands, applied afresh", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anyContainment, fc.constantFrom("a", "b", "c"))), (history) => {
      const state = new ContainmentState();
      for (const step of history) {
        if (typeof step === "string") state.release(step);
        else state.apply(step);
      }
      const fresh = new ContainmentState();
      fresh.replace(state.snapshot());
      for (const kind of targetKinds)
        for (const id of ["x", "y"]) {
          const [one, other] = [state.on(kind, id), fresh.on(kind, id)];
          for (const action of containmentActions) assert.equal(one?.[action]?.until, other?.[action]?.until);
        }
    }),
  );
});
