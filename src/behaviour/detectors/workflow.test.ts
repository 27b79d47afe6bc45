import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessEvent } from "../../core/index.ts";
import { eventAt, feed, limits, restored, saved, strongest } from "./testing/observe.ts";
import { Workflow } from "./workflow.ts";

const day = 86_400;
const hour = 3_600;
const patient = (id: number) => [{ level: "patient" as const, patient_id: `p${id}` }];
const read = (at: number, who: string, id: number) => eventAt(at, who, "read", { resources: patient(id) });
const stored = (at: number, who: string, id: number, kind: "plan" | "record"): AccessEvent =>
  eventAt(at, who, "create", { resources: patient(id), treatment: { kind } });
const [nurses, physicians] = [1, 2];
const days = 40;

/** Thirty patients on treatment, one new each day, one leaving; each is read daily by a nurse and now and then by a physician. */
function clinic(): Workflow {
  const detector = new Workflow(limits);
  for (let d = 0; d < days; d++) {
    for (let k = 0; k < 30; k++) {
      const id = d + k;
      const at = d * day + k * 900;
      if (k === 29) feed(detector, stored(at, "PLANNING", id, "plan"), 5);
      const told = feed(detector, read(at + 60, `nurse${(id + d) % 3}`, id), nurses);
      if (d > 20) assert.ok(strongest(told) < 5, `day ${d} ${JSON.stringify(told)}`);
      if (k % 4 === d % 4) feed(detector, read(at + 120, `physician${id % 4}`, id), physicians);
      feed(detector, stored(at + 600, "LINAC1", id, "record"), 6);
    }
  }
  return detector;
}
const learnt = clinic();
const fresh = () => restored(new Workflow(limits), learnt);
const now = days * day;
const current = days + 10;

test("a look at a patient whom nobody has a reason to see surprises, one at a patient on treatment does not", () => {
  assert.ok(strongest(feed(fresh(), read(now, "nurse1", 9_999), nurses)) >= 5);
  assert.ok(strongest(feed(fresh(), read(now, "nurse1", current), nurses)) < 2);
  assert.ok(strongest(feed(fresh(), read(now, "physician1", 2), physicians)) >= 3, "left 38 days ago");
});

test("looks without a reason add up from day to day, not within a visit, and are told as repeated", () => {
  const detector = fresh();
  const nats = [0, 60, day, 2 * day].map((at) => feed(detector, read(now + at, "nurse1", 9_999), nurses));
  const [first, sameVisit, second, third] = nats.map(strongest) as [number, number, number, number];
  assert.ok(sameVisit <= first && second > first + 1 && third >= second, String([first, sameVisit, second, third]));
  assert.match(nats[2]![0]!.reason.text, /2 times/);
});

test("own looks are no reason; those of others are", () => {
  const alone = fresh();
  for (let i = 0; i < 4; i++) feed(alone, read(now + i * day, "nurse1", 9_999), nurses, 99);
  const insisting = strongest(feed(alone, read(now + 4 * day, "nurse1", 9_999), nurses));
  const together = fresh();
  for (let i = 0; i < 4; i++) feed(together, read(now + i * day, `nurse${2 * (i % 2)}`, 9_999), nurses, 99);
  const joining = strongest(feed(together, read(now + 4 * day, "nurse1", 9_999), nurses));
  assert.ok(insisting > joining + 3, `${insisting} ${joining}`);
});

test("what is stored for a patient explains who looks afterwards", () => {
  const detector = fresh();
  const before = strongest(feed(fresh(), read(now, "nurse1", 8_888), nurses));
  feed(detector, stored(now - hour, "PLANNING", 8_888, "plan"), 5);
  const after = strongest(feed(detector, read(now, "nurse1", 8_888), nurses));
  assert.ok(after < before - 1, `${before} then ${after}`);
});

test("a list over many patients is no look; reasons name nobody; a snapshot continues", () => {
  const many = eventAt(now, "nurse1", "query", { resources: [1, 2, 3, 4, 5, 6].flatMap((i) => patient(7_000 + i)) });
  assert.deepEqual(feed(fresh(), many, nurses), []);
  const [copy, original] = [fresh(), fresh()];
  for (const detector of [copy, original]) {
    for (let i = 0; i < 10; i++) {
      const told = feed(detector, read(now + i * hour, "nurse1", 6_000 + (i % 3)), nurses);
      assert.ok(!JSON.stringify(told).includes("p600"));
    }
  }
  assert.deepEqual(saved(copy), saved(original));
});
