import assert from "node:assert/strict";
import { test } from "node:test";
import type { Evidence } from "../detectors/detector.ts";
import { eventAt, observe } from "../detectors/testing/observe.ts";
import { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { LastingAlerts } from "./lasting-alerts.ts";

const day = 86_400;
/** Two tests share a tenth of an alert a week, at a quarter of it. */
const level = Math.log((4 * 2) / 0.1);
const make = () => new LastingAlerts(0.1, 2);

function evidence(nats: number, entity: Evidence["entity"] = "principal"): Evidence {
  const reason = () => ({ detector: "slow", text: "more than thirty days account for", technique: "T1530" });
  return { entity, nats, lasting: { actors: () => ["a", "b"] }, reason };
}

function judge(path: LastingAlerts, at: number, who: string, nats: number, isKnown = false) {
  const seen = observe(eventAt(at, who, "read"), at);
  return path.judge(seen, evidence(nats), seen.principal, isKnown);
}

test("an alert once the level is reached, with the events that led to it; it only ever asks", () => {
  const path = make();
  for (let d = 0; d < 4; d++) assert.equal(judge(path, d * day, "a", level * 0.8), undefined);
  const alert = judge(path, 4 * day, "a", level * 4)!;
  assert.deepEqual(
    alert.events,
    [0, 1, 2, 3, 4].map((d) => d * day),
  );
  assert.deepEqual([alert.entity, alert.level, alert.automatic, alert.invariant], ["a", "watch", false, false]);
  assert.ok(alert.risk > 0.5 && alert.risk < 0.75, `${alert.risk}`);
  assert.equal(alert.to - alert.from, 4 * day);
});

test("one alert an entity and campaign: the next after a month, others' in between", () => {
  const path = make();
  assert.ok(judge(path, 0, "a", level * 1.2));
  for (let d = 1; d < 30; d++) assert.equal(judge(path, d * day, "a", level * 1.5), undefined);
  assert.ok(judge(path, 10 * day, "b", level * 1.5));
  assert.ok(judge(path, 31 * day, "a", level * 1.5));
});

test("who is part of an incident that is going on is told of later, if it lasts", () => {
  const path = make();
  assert.equal(judge(path, 0, "a", level * 1.2, true), undefined);
  assert.ok(judge(path, day, "a", level * 1.2));
});

test("the budget of the path holds whatever the stream: each alert asks more of the next", () => {
  const path = make();
  let told = 0;
  for (let i = 0; i < 1_000; i++) if (judge(path, i * 600, `account${i}`, level * 1.3)) told++;
  assert.ok(told >= 2 && told <= 5, `${told} within a week`);
  assert.ok(judge(path, 600_000, "grave", level * 2), "a graver one still comes through");
});

test("everybody together: the alert names all who took part", () => {
  const path = make();
  const seen = observe(eventAt(0, "a", "read"));
  const alert = path.judge(seen, evidence(level * 1.2, "tenant"), seen.tenant, false)!;
  assert.deepEqual([alert.entity, alert.kind, alert.actors], ["tenant", "tenant", ["a", "b"]]);
});

test("a snapshot continues as the original does", () => {
  const path = make();
  judge(path, 0, "a", level * 1.2);
  judge(path, 0, "b", level * 0.8);
  const out = new SnapshotWriter();
  path.save(out);
  const copy = make();
  copy.load(new SnapshotReader(out.bytes()));
  for (const who of ["a", "b", "c"]) {
    const [one, other] = [path, copy].map((each) => judge(each, day, who, level * 1.4));
    assert.deepEqual(one, other);
  }
});
