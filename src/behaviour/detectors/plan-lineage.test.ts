import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessEvent, Treatment } from "../../core/index.ts";
import { eventAt, feed, limits, restored, type Told } from "./testing/observe.ts";
import { TreatmentIntegrity } from "./treatment.ts";

const label = "aa".repeat(32);
const metersets = { "1": 100, "2": 120.5 };
const approval = { approval: "APPROVED", approved_at: "20260202 100000", approved_by: "ab".repeat(32) };

function planOf(plan_uid: string, change: Partial<Treatment> = {}): Treatment {
  const beams = [1, 2].map((number) => ({ number, geometry: `${number}1`.repeat(32), energy: 6, machine: "LINAC1" }));
  const fraction_groups = [{ number: 1, fractions: 20, metersets }];
  return { kind: "plan", plan_uid, label, ...approval, fraction_groups, beams, ...change };
}

const stored = (treatment: Treatment, patient = "p1", activity: AccessEvent["activity"] = "create"): AccessEvent =>
  eventAt(1_000, "PLANNING", activity, {
    operation: "C-STORE",
    treatment,
    resources: [{ level: "instance", patient_id: patient }],
  });

/** Twenty patients' plans, that of the first being 1.1. */
const known = new TreatmentIntegrity(limits);
for (let i = 1; i <= 20; i++) feed(known, stored(planOf(`1.${i}`), `p${i}`));

const told = (treatment: Treatment, patient = "p1"): Told[] =>
  feed(restored(new TreatmentIntegrity(limits), known), stored(treatment, patient));
const isInvariant = (said: readonly Told[]): boolean => said.some(({ invariant }) => invariant);

const altered: Record<string, Partial<Treatment>> = {
  "monitor units": { fraction_groups: [{ number: 1, fractions: 20, metersets: { ...metersets, "1": 101 } }] },
  fractions: { fraction_groups: [{ number: 1, fractions: 21, metersets }] },
  geometry: { beams: [{ number: 1, geometry: "77".repeat(32), energy: 6, machine: "LINAC1" }] },
};

test("the first altered copy of an approved plan under a new UID is an invariant, if it carries the old approval", () => {
  for (const [word, change] of Object.entries(altered)) {
    const said = told(planOf("2.1", change));
    assert.ok(
      said.some(({ invariant, reason }) => invariant && reason.text.includes(word)),
      word,
    );
    assert.ok(!JSON.stringify(said.map(({ reason }) => reason)).includes("2.1"), "no UIDs");
  }
});

test("so it is under another label, where it says which plan it comes from", () => {
  const relabelled = { ...altered["geometry"], label: "bb".repeat(32) };
  assert.ok(isInvariant(told(planOf("2.1", { ...relabelled, refers_to: ["1.1"] }))));
  const said = told(planOf("2.1", relabelled));
  assert.ok(!isInvariant(said) && said.some(({ nats }) => nats >= 5), "a second plan approved at one go is uncommon");
});

test("a plan approved anew, an unapproved one, an equal copy and another patient's are ordinary", () => {
  const change = altered["monitor units"]!;
  assert.deepEqual(told(planOf("2.1", { ...change, approved_at: "20260203 110000" })), []);
  assert.deepEqual(told(planOf("2.1", { ...change, approval: "UNAPPROVED" })), []);
  assert.deepEqual(told(planOf("2.1")), []);
  assert.deepEqual(told(planOf("2.1", change), "p99"), []);
});

test("what borrowed an approval does not become what the approval was given for", () => {
  const detector = restored(new TreatmentIntegrity(limits), known);
  const change = altered["fractions"]!;
  for (const uid of ["2.1", "2.2", "2.3"]) assert.ok(isInvariant(feed(detector, stored(planOf(uid, change)))), uid);
});

test("a plan known from its records alone: metersets that several of them contradict are certain", () => {
  const detector = restored(new TreatmentIntegrity(limits), known);
  const delivered = Object.entries(metersets).map(([beam, mu]) => ({ beam: +beam, specified: mu, delivered: mu }));
  for (let fraction = 5; fraction < 9; fraction++) {
    const record: Treatment = { kind: "record", plan_uid: "6", fraction, delivered };
    feed(detector, eventAt(fraction * 86_400, "LINAC1", "create", { treatment: record }));
  }
  const replace = (change: Partial<Treatment>) =>
    feed(restored(new TreatmentIntegrity(limits), detector), stored(planOf("6", change), "p30", "update"));
  assert.ok(isInvariant(replace(altered["monitor units"]!)));
  const moved = replace(altered["geometry"]!);
  assert.ok(!isInvariant(moved) && moved.some(({ reason }) => reason.text.includes("not known")));
});
