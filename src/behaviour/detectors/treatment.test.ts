import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessEvent, Treatment } from "../../core/index.ts";
import { eventAt, feed, limits, restored, saved, strongest } from "./testing/observe.ts";
import { TreatmentIntegrity } from "./treatment.ts";

const day = 86_400;
const metersets = { "1": 100, "2": 120.5 };

function planOf(change: Partial<Treatment> = {}): Treatment {
  return {
    kind: "plan",
    plan_uid: "1.2.3",
    approval: "APPROVED",
    approved_at: "20260202 100000",
    approved_by: "ab".repeat(32),
    fraction_groups: [{ number: 1, fractions: 20, metersets }],
    beams: [
      { number: 1, geometry: "11".repeat(32), energy: 6, machine: "LINAC1" },
      { number: 2, geometry: "22".repeat(32), energy: 6, machine: "LINAC1" },
    ],
    ...change,
  };
}

function recordOf(fraction: number, share = 1, change: Partial<Treatment> = {}): Treatment {
  const delivered = Object.entries(metersets).map(([beam, specified]) => ({
    beam: Number(beam),
    specified,
    delivered: Math.round((specified * share + (fraction % 3) * 0.02) * 100) / 100,
  }));
  return { kind: "record", plan_uid: "1.2.3", fraction, fraction_group: 1, delivered, ...change };
}

const stored = (at: number, who: string, treatment: Treatment, activity: AccessEvent["activity"] = "create") =>
  eventAt(at, who, activity, { operation: "C-STORE", treatment });

/** A clinic's plans, each approved and delivered eight times; then the plan 1.2.3 and five fractions of it. */
function clinic(): TreatmentIntegrity {
  const detector = new TreatmentIntegrity(limits);
  for (let i = 0; i < 40; i++) {
    const plan_uid = `9.${i}`;
    assert.ok(strongest(feed(detector, stored(i * day, "PLANNING", planOf({ plan_uid, approval: "UNAPPROVED" })))) < 6);
    assert.ok(strongest(feed(detector, stored(i * day + 60, "PLANNING", planOf({ plan_uid }), "update"))) < 6);
    for (let fraction = 1; fraction <= 8; fraction++) {
      const told = feed(detector, stored(i * day + fraction * 600, "LINAC1", recordOf(fraction, 1, { plan_uid })));
      assert.equal(strongest(told), 0, JSON.stringify(told));
    }
  }
  feed(detector, stored(41 * day, "PLANNING", planOf()));
  for (let fraction = 1; fraction <= 5; fraction++)
    feed(detector, stored((41 + fraction) * day, "LINAC1", recordOf(fraction)));
  return detector;
}

const learnt = clinic();
const said = (event: AccessEvent) => feed(restored(new TreatmentIntegrity(limits), learnt), event);
const update = (change: Partial<Treatment>) => said(stored(50 * day, "PLANNING", planOf(change), "update"));

test("an approved plan changed under the same approval is an invariant: MU, geometry, fractions, energy", () => {
  const changes: Record<string, Partial<Treatment>> = {
    "monitor units": { fraction_groups: [{ number: 1, fractions: 20, metersets: { ...metersets, "1": 101 } }] },
    geometry: { beams: [{ number: 1, geometry: "33".repeat(32) }, planOf().beams![1]!] },
    "fractions from 20 to 21": { fraction_groups: [{ number: 1, fractions: 21, metersets }] },
  };
  for (const [word, change] of Object.entries(changes)) {
    const told = update(change);
    assert.ok(
      told.some(({ invariant, reason }) => invariant && reason.text.includes(word)),
      word,
    );
  }
});

test("an approval set back, a change with a new approval while it is delivered, an unapproved plan delivered", () => {
  assert.ok(update({ approved_at: "20260201 100000" }).some(({ invariant }) => invariant));
  const more = { fraction_groups: [{ number: 1, fractions: 25, metersets }] };
  const renewed = update({ ...more, approved_at: "20260310 100000" });
  assert.ok(strongest(renewed) >= 10 && renewed.every(({ invariant }) => !invariant));
  const detector = restored(new TreatmentIntegrity(limits), learnt);
  feed(detector, stored(50 * day, "PLANNING", planOf({ plan_uid: "7", approval: "UNAPPROVED" })));
  const told = feed(detector, stored(51 * day, "LINAC1", recordOf(1, 1, { plan_uid: "7" })));
  assert.ok(told.some(({ invariant }) => invariant));
});

test("before delivery a plan may be taken back, altered and approved anew; the same again is nothing", () => {
  const detector = restored(new TreatmentIntegrity(limits), learnt);
  const other = { plan_uid: "8", fraction_groups: [{ number: 1, fractions: 20, metersets: { "1": 90, "2": 110 } }] };
  const steps = [
    planOf({ plan_uid: "8" }),
    planOf({ ...other, approval: "UNAPPROVED" }),
    planOf({ ...other, approved_at: "20260322 120000" }),
    planOf({ ...other, approved_at: "20260322 120000" }),
  ];
  for (const [i, treatment] of steps.entries()) {
    assert.equal(
      strongest(feed(detector, stored(48 * day + i * 60, "PLANNING", treatment, i ? "update" : "create"))),
      0,
    );
  }
});

test("a record that contradicts its plan stands out, whichever way", () => {
  const at = 50 * day;
  const cases: Record<string, Treatment> = {
    "MU, its plan says": recordOf(6, 1.03),
    "which its plan does not have": recordOf(6, 1, { delivered: [{ beam: 9, delivered: 10 }] }),
    "the plan has 20": recordOf(21),
    "after fraction 5": recordOf(4),
    "was to give": recordOf(6, 1, { delivered: [{ beam: 1, specified: 130, delivered: 100 }] }),
    "of fraction 5 has been given": recordOf(5),
  };
  for (const [words, treatment] of Object.entries(cases)) {
    const told = said(stored(at, "LINAC1", treatment));
    assert.ok(
      told.some(({ reason, nats }) => reason.text.includes(words) && nats >= 5),
      `${words}: ${JSON.stringify(told)}`,
    );
  }
  assert.ok(strongest(said(stored(at, "LINAC1", recordOf(6), "update"))) >= 10, "a record changed");
});

test("an interrupted fraction that is completed later, and a record sent twice, are ordinary", () => {
  const detector = restored(new TreatmentIntegrity(limits), learnt);
  const events = [
    stored(50 * day, "LINAC1", recordOf(6, 0.4)),
    stored(50 * day + 2_000, "LINAC1", recordOf(6, 0.6)),
    stored(50 * day + 2_010, "LINAC1", recordOf(6, 0.6), "duplicate"),
    stored(51 * day, "LINAC1", recordOf(7)),
  ];
  for (const event of events) assert.deepEqual(feed(detector, event), []);
});

test("a plan from one who never stores plans surprises by how many others stored; reasons name no identifiers", () => {
  const told = said(stored(50 * day, "STORESCU", planOf({ plan_uid: "1.2.999" })));
  assert.ok(strongest(told) > 4);
  assert.ok(!JSON.stringify(told.map(({ reason }) => reason)).includes("1.2.999"));
});

test("a plan that the engine first sees after its records is held against them", () => {
  const detector = restored(new TreatmentIntegrity(limits), learnt);
  for (let fraction = 7; fraction < 10; fraction++)
    assert.equal(
      strongest(feed(detector, stored((43 + fraction) * day, "LINAC1", recordOf(fraction, 1, { plan_uid: "6" })))),
      0,
    );
  const raised = {
    plan_uid: "6",
    fraction_groups: [{ number: 1, fractions: 20, metersets: { ...metersets, "2": 126 } }],
  };
  assert.ok(
    strongest(feed(restored(new TreatmentIntegrity(limits), detector), stored(55 * day, "PLANNING", planOf(raised)))) >=
      10,
  );
  assert.equal(strongest(feed(detector, stored(55 * day, "PLANNING", planOf({ plan_uid: "6" })))), 0);
});

test("what contradicts is not learnt: the second tampering is found like the first", () => {
  const detector = restored(new TreatmentIntegrity(limits), learnt);
  const tampered = planOf({ fraction_groups: [{ number: 1, fractions: 30, metersets }] });
  for (let i = 0; i < 3; i++)
    assert.ok(feed(detector, stored(50 * day + i, "PLANNING", tampered, "update")).some(({ invariant }) => invariant));
});

test("a snapshot continues as the original does", () => {
  const copy = restored(new TreatmentIntegrity(limits), learnt);
  const original = restored(new TreatmentIntegrity(limits), learnt);
  for (const detector of [original, copy]) feed(detector, stored(50 * day, "LINAC1", recordOf(6)));
  assert.deepEqual(saved(copy), saved(original));
});

test("an approval that contradicts nothing counts, whoever gave it: the machine that delivers is not to blame", () => {
  const detector = clinic();
  const plan = { plan_uid: "7.1" };
  feed(detector, stored(90 * day, "PLANNING", planOf({ ...plan, approval: "UNAPPROVED" })));
  const told = feed(detector, stored(90 * day + 60, "LOCUM", planOf(plan), "update"), 0, 1);
  assert.ok(strongest(told) >= 1, "odd, and so taught by the weight of the whole: nothing");
  assert.deepEqual(
    feed(detector, stored(91 * day, "LINAC1", recordOf(1, 1, plan))).filter(({ invariant }) => invariant),
    [],
  );
});
