import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { type AccessEvent, activities, stranger } from "../core/index.ts";
import { EventEngine, type EventEngineOptions } from "./event-engine.ts";

const small: EventEngineOptions = {
  limits: { entities: 1_024, objects: 1_024 },
  alerts: { alertsPerWeek: 1, entities: 1_024 },
  seed: 1,
  disabled: [],
};

const anyEvent: fc.Arbitrary<AccessEvent> = fc
  .record({
    time: fc.oneof(
      fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString()),
      fc.constantFrom("", "not a time"),
    ),
    activity: fc.constantFrom(...activities),
    status: fc.constantFrom("success" as const, "denied" as const),
    operation: fc.constantFrom("C-STORE", "WADO-RS", ""),
    user: fc.constantFrom("a", "b", ""),
    ip: fc.constantFrom("10.0.0.1", ""),
    patients: fc.array(fc.constantFrom("p1", "p2", ""), { maxLength: 100 }),
    objects: fc.oneof(fc.double(), fc.constantFrom(0, -1, 1e300, 5)),
  })
  .map(({ time, activity, status, operation, user, ip, patients, objects }) => ({
    time,
    activity,
    status,
    operation,
    protocol: "dimse",
    actor: { user: { name: user } },
    src_endpoint: { ip },
    resources: patients.map((patient_id) => ({ level: "patient" as const, patient_id })),
    count: { objects },
  }));

test("absurd events score a finite number ≥ 0 and are not changed; a snapshot continues as the original does", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 80 }), fc.nat(80), (events, cut) => {
      const whole = new EventEngine(small);
      const copy = structuredClone(events);
      const all = events.map((event, i) => whole.assess(event, i));
      assert.deepEqual(events, copy);
      for (const { score } of all) assert.ok(Number.isFinite(score) && score >= 0, String(score));
      const first = new EventEngine(small);
      const before = events.slice(0, cut).map((event, i) => first.assess(event, i));
      const second = new EventEngine(small);
      second.restore(first.snapshot());
      const after = events.slice(cut).map((event, i) => second.assess(event, cut + i));
      assert.deepEqual([...before, ...after], all);
      assert.deepEqual(second.snapshot(), whole.snapshot());
    }),
    { numRuns: 100 },
  );
});

test("mass deletion by a known account is alerted, as what it is", () => {
  const engine = new EventEngine();
  const event = (minute: number, change: Partial<AccessEvent> = {}): AccessEvent => ({
    time: new Date(1_776_654_000_000 + minute * 60_000).toISOString(),
    activity: "read",
    status: "success",
    protocol: "dicomweb",
    operation: "WADO-RS",
    actor: { user: { name: `staff${minute % 9}` } },
    src_endpoint: { ip: `10.0.0.${minute % 9}` },
    resources: [{ level: "patient", patient_id: `patient${(minute * 7) % 120}` }],
    ...change,
  });
  const minutes = 60 * 24 * 21;
  let index = 0;
  for (let minute = 0; minute < minutes; minute++) assert.equal(engine.assess(event(minute), index++).alarm, undefined);
  const deletion = { activity: "delete", operation: "DELETE", actor: { user: { name: "staff3" } } } as const;
  for (let k = 0; k < 100; k++) {
    const resources = [{ level: "patient" as const, patient_id: `patient${k}` }];
    const { alarm, technique, reasons } = engine.assess(event(minutes + k / 60, { ...deletion, resources }), index++);
    if (!alarm) continue;
    assert.equal(technique, "T1485");
    assert.ok(reasons.length > 0 && !reasons.join().includes("patient1"));
    return;
  }
  assert.fail("a hundred deletions went unnoticed");
});

test("what strangers call themselves speaks against their address, and against nobody they name", () => {
  const at = (second: number) => new Date(1.7e12 + second * 1000).toISOString();
  const own = (second: number): AccessEvent => ({
    ...{ time: at(second), activity: "create", status: "success", protocol: "dimse", operation: "C-STORE" },
    ...{ actor: { app: "CT1" }, src_endpoint: { ip: "10.0.0.1", ae_title: "CT1" } },
  });
  const spoofed = (second: number): AccessEvent => ({
    ...{ time: at(second), activity: "associate", status: "denied", protocol: "dimse", operation: "A-ASSOCIATE" },
    ...{ actor: { app: "CT1", user: { ...stranger } }, src_endpoint: { ip: "10.9.9.9", ae_title: "CT1" } },
  });
  const [plain, attacked] = [new EventEngine(small), new EventEngine(small)];
  let index = 0;
  for (let second = 0; second < 5 * 86_400; second += 900)
    for (const engine of [plain, attacked]) engine.assess(own(second), index++);
  for (let i = 0; i < 500; i++) assert.equal(attacked.assess(spoofed(5 * 86_400 + i), index++).actor, "10.9.9.9");
  const after = own(5 * 86_400 + 900);
  const [quiet, framed] = [plain.assess(after, index), attacked.assess(after, index)];
  assert.equal(framed.actor, "CT1");
  assert.ok(framed.ownRisk <= quiet.ownRisk + 0.05, `${framed.ownRisk} after, ${quiet.ownRisk} without`);
});

test("a canary alerts from the first event on, and only where it is configured", () => {
  const patient = "PHANTOM-1";
  const canaries = [createHash("sha256").update(patient).digest("hex")];
  const read = (patient_id: string): AccessEvent => ({
    ...{
      time: "2026-04-20T10:00:00.000Z",
      activity: "read",
      status: "success",
      protocol: "dicomweb",
      operation: "WADO-RS",
    },
    ...{ actor: { user: { name: "somebody" } }, src_endpoint: { ip: "10.0.0.1" } },
    resources: [{ level: "patient", patient_id }],
  });
  const engine = new EventEngine({ ...small, canaries });
  assert.equal(engine.assess(read("4711"), 0).alarm, undefined);
  const { alarm, reasons } = engine.assess(read(patient), 1);
  assert.ok(alarm?.invariant && /canary/.test(reasons.join()) && !reasons.join().includes(patient));
  assert.equal(new EventEngine(small).assess(read(patient), 0).alarm, undefined);
});

test("the budget rations alerts, never what is told: the hundredth account that breaks an invariant is still told of", () => {
  const engine = new EventEngine(small);
  const start = Date.parse("2026-04-20T08:00:00Z");
  const assessed = Array.from({ length: 100 }, (_, i) =>
    engine.assess(
      {
        time: new Date(start + i * 1_000).toISOString(),
        activity: "admin",
        status: "success",
        protocol: "api",
        operation: "cloudtrail:StopLogging",
        actor: { user: { name: `account${i}` } },
        src_endpoint: { ip: `10.0.0.${i}` },
      },
      i,
    ),
  );
  const alerts = assessed.filter(({ alarm }) => alarm !== undefined).length;
  assert.ok(alerts > 0 && alerts < 20, `${alerts} alerts`);
  for (const { reasons } of assessed) assert.match(reasons.join(), /audit trail off/);
});
