import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessEvent, Treatment } from "../../core/index.ts";
import { likeness } from "./plans-in-delivery.ts";
import { eventAt, feed, limits, restored, type Told } from "./testing/observe.ts";
import { TreatmentIntegrity } from "./treatment.ts";

const day = 86_400;
const units = [104.2, 88.7, 131.5];

const event = (at: number, treatment: Treatment): AccessEvent =>
  eventAt(at, "PLANNING", "create", { treatment, resources: [{ level: "instance", patient_id: "p1" }] });

const record = (fraction: number): AccessEvent =>
  event(fraction * day, {
    kind: "record",
    plan_uid: "1.1",
    fraction,
    delivered: units.map((specified, index) => ({ beam: index + 1, specified, delivered: specified })),
  });

/** Ten fractions of a plan that was stored before anybody watched; the first on 3 February 2026. */
const known = new TreatmentIntegrity(limits);
for (let fraction = 1; fraction <= 10; fraction++) feed(known, record(fraction));

function stored(plan_uid: string, metersets: readonly number[], approved_at: string, approval = "APPROVED"): Told[] {
  const told = { number: 1, fractions: 20, metersets: Object.fromEntries(metersets.map((mu, i) => [`${i + 1}`, mu])) };
  const plan: Treatment = { kind: "plan", plan_uid, approval, approved_at, fraction_groups: [told], beams: [] };
  return feed(restored(new TreatmentIntegrity(limits), known), event(11 * day, plan));
}

const isInvariant = (told: readonly Told[]): boolean => told.some(({ invariant }) => invariant);
const raised = units.map((mu) => mu * 1.05);
const other = [61, 203, 45];

test("a copy of a plan of which only records were seen is an invariant, with an approval from before its delivery", () => {
  assert.ok(isInvariant(stored("2.1", raised, "20260128 093000")));
  assert.ok(isInvariant(stored("2.1", units, "20260128 093000")), "another geometry, say");
  const doubled = units.map((mu) => mu * 2);
  assert.ok(isInvariant(stored("2.1", doubled, "20260128 093000")), "scaled as a whole");
  assert.ok(!isInvariant(stored("2.1", raised, "20260209 093000")), "approved anew");
  assert.ok(!isInvariant(stored("2.1", raised, "20260128 093000", "UNAPPROVED")));
  assert.ok(!isInvariant(stored("1.1", units, "20260128 093000")), "the plan itself");
});

test("another plan approved at the time of the first is uncommon and no more", () => {
  const told = stored("2.1", other, "20260128 093000");
  assert.ok(!isInvariant(told) && told.some(({ nats, reason }) => nats >= 5 && /older/.test(reason.text)));
});

test("metersets are the likelier a copy's, the nearer they are and the more there are", () => {
  const of = (pairs: readonly (readonly [number, number])[]) => likeness(pairs);
  assert.equal(of([[100, 300]]), 0);
  assert.ok(of([[100, 101]]) > of([[100, 110]]));
  assert.ok(
    Math.abs(
      of([
        [100, 101],
        [50, 50.5],
      ]) -
        2 * of([[100, 101]]),
    ) < 1e-9,
  );
});
