import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessEvent } from "../../core/index.ts";
import { EventEngine } from "../event-engine.ts";

const begin = Date.UTC(2026, 1, 2);

function event(second: number, change: Partial<AccessEvent> = {}): AccessEvent {
  const who = second % 7;
  return {
    time: new Date(begin + second * 1000).toISOString(),
    activity: "read",
    status: "success",
    protocol: "dicomweb",
    operation: "WADO-RS",
    actor: { user: { name: `staff${who}`, role: "physicist" } },
    src_endpoint: { ip: `10.0.0.${who}` },
    resources: [{ level: "study", patient_id: `patient${(second * 31) % 60}` }],
    ...change,
  };
}

/** Twenty ordinary days, an event every three minutes. */
const days: AccessEvent[] = Array.from({ length: 9_600 }, (_, i) => event(i * 180 + (i % 97)));
const after = 9_601 * 180;
const theft = (i: number): AccessEvent =>
  event(after + i, {
    actor: { user: { name: "staff3", role: "physicist" } },
    src_endpoint: { ip: "10.0.0.3" },
    resources: [{ level: "study", patient_id: `former${i}` }],
  });
const thefts = Array.from({ length: 60 }, (_, i) => theft(i));

function learnt(): EventEngine {
  const engine = new EventEngine();
  for (const [i, each] of days.entries()) engine.assess(each, i);
  return engine;
}

const worst = (engine: EventEngine, events: readonly AccessEvent[]): number =>
  events.reduce((most, each, i) => Math.max(most, engine.assess(each, 10_000 + i).score), 0);

test("an account that takes what nobody asks for is alerted, with reasons and its events", () => {
  const engine = learnt();
  const alarm = thefts.map((each, i) => engine.assess(each, 10_000 + i).alarm).find((each) => each !== undefined);
  assert.ok(alarm);
  assert.deepEqual([alarm.entity, alarm.kind], ["staff3", "principal"]);
  assert.ok(["T1530", "T1213"].includes(alarm.technique), alarm.technique);
  assert.ok(alarm.risk >= 0.5);
  assert.ok(
    alarm.events.every((index) => index >= 10_000),
    alarm.events.join(),
  );
  assert.ok(alarm.evidence.length > 0);
  assert.ok(alarm.reasons.every(({ text }) => !text.includes("former")));
});

test("tenants scored apart are scored as together", () => {
  const other = days.map((each, i) => ({ ...event(i * 311 + 5), time: each.time, tenant: "other" }));
  const all = [...days, ...thefts].flatMap((each, i) => (other[i] ? [each, other[i]] : [each]));
  const together = new EventEngine();
  const scores = all.map((each, i) => [each.tenant, together.assess(each, i)] as const);
  for (const tenant of [undefined, "other"]) {
    const alone = new EventEngine();
    const own = all.flatMap((each, i) => (each.tenant === tenant ? [alone.assess(each, i)] : []));
    assert.deepEqual(
      own,
      scores.filter(([name]) => name === tenant).map(([, assessment]) => assessment),
    );
  }
});

test("an event that comes twice counts once; another under the same identifier does not hide", () => {
  const engine = learnt();
  const first = theft(0);
  first.metadata = { uid: "same" };
  const { score } = engine.assess(first, 1);
  const before = engine.snapshot();
  assert.equal(engine.assess(structuredClone(first), 2).score, score);
  assert.equal(engine.snapshot().length, before.length);
  assert.notDeepEqual(engine.assess({ ...first, activity: "delete", operation: "DELETE" }, 3).findings, []);
});

test("planned work lowers what it covers and nothing else, and can be withdrawn", () => {
  const [bare, planned, elsewhere] = [learnt(), learnt(), learnt()];
  const plan = {
    id: "move",
    from: begin / 1000 + after - 60,
    to: begin / 1000 + after + 3_600,
    names: ["staff3"],
    hosts: [`10.0.0.${after % 7}`, ...Array.from({ length: 7 }, (_, i) => `10.0.0.${i}`)],
    activities: ["read"] as const,
    reason: "migration",
  };
  planned.announce("", plan);
  elsewhere.announce("", { ...plan, hosts: ["10.9.9.9"] });
  const full = worst(bare, thefts);
  assert.ok(worst(planned, thefts) < full * 0.7, `${worst(planned, thefts)} of ${full}`);
  assert.equal(worst(elsewhere, thefts), full);
  assert.deepEqual(
    planned.planned("").map(({ id }) => id),
    ["move"],
  );
  assert.ok(planned.withdraw("", "move") && !planned.withdraw("", "move"));
});

test("a vendor's planned work explains when and how much it looks, not at whom", () => {
  const vendor = (each: AccessEvent): AccessEvent => ({ ...each, actor: { ...each.actor, vendor: "OncoRecord" } });
  const [own, vendors, caring] = [learnt(), learnt(), learnt()];
  for (const engine of [own, vendors, caring])
    engine.announce("", {
      id: "update",
      from: begin / 1000 + after - 60,
      to: begin / 1000 + after + 3_600,
      names: ["staff3"],
      hosts: ["10.0.0.3"],
      activities: ["read"],
      reason: "update",
    });
  const most = (engine: EventEngine, events: readonly AccessEvent[]): { dormant: number; breadth: number } => {
    const found = { dormant: 0, breadth: 0 };
    for (const [i, each] of events.entries())
      for (const { detector, nats } of engine.assess(each, 10_000 + i).findings)
        if (detector === "dormant" || detector === "breadth") found[detector] = Math.max(found[detector], nats);
    return found;
  };
  const few = thefts.slice(0, 8);
  const { dormant, breadth } = most(vendors, few.map(vendor));
  assert.ok(dormant > 6 && breadth > 2, `${dormant} and ${breadth} nats of a vendor at former patients`);
  assert.ok(most(own, few).dormant < 1);
  const cared = few.map((each, i) => ({
    ...each,
    resources: [{ level: "study" as const, patient_id: `patient${i}` }],
  }));
  assert.deepEqual(most(caring, cared.map(vendor)), { dormant: 0, breadth: 0 }, "those on treatment are its work");
});

test("a verdict of benign lowers, of malicious raises, and undone it is as before; expired it does nothing", () => {
  const verdict = { actor: "staff3", detectors: ["dormant", "breadth", "volume", "novelty", "burst"], reason: "audit" };
  const expires = begin / 1000 + after + 86_400;
  const score = (change: (engine: EventEngine) => void): number => {
    const engine = learnt();
    change(engine);
    return worst(engine, thefts);
  };
  const as = score(() => {});
  assert.ok(score((engine) => engine.judge("", { ...verdict, id: "1", verdict: "benign", expires })) < as / 2);
  assert.ok(score((engine) => engine.judge("", { ...verdict, id: "1", verdict: "malicious", expires })) > as);
  assert.equal(
    score((engine) => engine.judge("", { ...verdict, id: "1", verdict: "benign", expires: 0 })),
    as,
  );
  const undone = score((engine) => {
    engine.judge("", { ...verdict, id: "1", verdict: "benign", expires });
    assert.ok(engine.undo("", "1"));
  });
  assert.equal(undone, as);
});

test("plans, verdicts and incidents survive a snapshot", () => {
  const engine = learnt();
  engine.judge("", { id: "1", actor: "x", verdict: "benign", detectors: ["volume"], reason: "r", expires: 1e10 });
  for (const [i, each] of thefts.entries()) engine.assess(each, i);
  const copy = new EventEngine();
  copy.restore(engine.snapshot());
  assert.deepEqual(copy.verdicts(""), engine.verdicts(""));
  assert.deepEqual(copy.assess(theft(61), 61), engine.assess(theft(61), 61));
  assert.deepEqual(copy.snapshot(), engine.snapshot());
});

test("an account that is the tenth as loud as another is not quieter for it: a detector alone is capped", () => {
  const engine = learnt();
  const loud = Array.from({ length: 300 }, (_, i) => event(after + i, { count: { objects: 1e6 } }));
  for (const [i, each] of loud.entries()) {
    for (const { nats, invariant } of engine.assess(each, i).findings) assert.ok(invariant || nats <= 12);
  }
});

test("ever new names in ever new tenants stay within 256 MB", () => {
  const engine = new EventEngine();
  for (let i = 0; i < 40_000; i++) {
    engine.assess(
      event(i, {
        tenant: `tenant${i % 300}`,
        actor: { user: { name: `user${i}` } },
        src_endpoint: { ip: `10.0.${i}` },
        resources: [{ level: "study", patient_id: `p${i}` }],
      }),
      i,
    );
  }
  assert.ok(engine.bytes <= 256 * 2 ** 20, `${engine.bytes}`);
});
