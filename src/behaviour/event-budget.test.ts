/** The budget of false alerts, held by the whole engine: the tests, the ledger and the incidents together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessEvent } from "../core/index.ts";
import { EventEngine } from "./event-engine.ts";

const start = Date.parse("2026-01-05T00:00:00Z") / 1000;
const weeks = 16;
const people = 24;

/** Lehmer's generator. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** People who read a few studies in shifts, and nearly every day somebody new, without malice, very many: more often than any budget. */
function* restlessStream(): Generator<AccessEvent> {
  const draw = dice(20_260_105);
  for (let day = 0; day < weeks * 7; day++) {
    const events: { time: number; person: string; objects: number; patient: number }[] = [];
    for (let who = 0; who < people; who++) {
      if (day % 7 > 4) continue;
      const person = `person${who}`;
      for (let i = Math.floor(draw() * 8); i > 0; i--) {
        const time = start + day * 86_400 + 8 * 3_600 + draw() * 9 * 3_600;
        events.push({ time, person, objects: 1 + Math.floor(draw() * 100), patient: Math.floor(draw() * 60) });
      }
    }
    if (draw() < 0.9) {
      const person = `locum${day}`;
      const many = 5 + Math.floor(60 * draw() ** 3);
      const begins = start + day * 86_400 + draw() * 86_400;
      for (let i = 0; i < many; i++)
        events.push({ time: begins + i * 20, person, objects: 300, patient: 1_000 + Math.floor(draw() * 5_000) });
    }
    for (const { time, person, objects, patient } of events.sort((a, b) => a.time - b.time))
      yield {
        time: new Date(time * 1000).toISOString(),
        activity: "read",
        status: "success",
        protocol: "dicomweb",
        operation: "WADO-RS",
        actor: { user: { name: person } },
        src_endpoint: { ip: `10.0.0.${patient % 40}` },
        resources: [{ level: "study", patient_id: `p${patient}`, study_uid: `2.25.${patient}` }],
        count: { objects },
      };
  }
}

test("budgets of 0.25, 1 and 4 a week: ordered, and each within the bound that the ledger states", () => {
  const counts = [0.25, 1, 4].map((alertsPerWeek) => {
    const engine = new EventEngine({
      alerts: { alertsPerWeek, entities: 1_024 },
      limits: { entities: 1_024, objects: 8_192 },
    });
    let told = 0;
    let most = 1;
    let index = 0;
    for (const event of restlessStream()) {
      const { alarm, risk } = engine.assess(event, index++);
      most = Math.max(most, -Math.log2(1 - risk));
      if (!alarm) continue;
      assert.ok(!alarm.invariant);
      told++;
    }
    const bound = 0.75 * alertsPerWeek * weeks + 1 + Math.log(most) / Math.log(1.1);
    assert.ok(told <= bound, `${told} alerts of a budget of ${alertsPerWeek}, bound ${bound}`);
    return told;
  });
  const [least, usual, most] = counts as [number, number, number];
  assert.ok(least > 0 && least < usual && usual < most, counts.join());
  assert.ok(most > 0.75 * weeks * 1 + 8, `the stream by itself would break the budget of 1: ${counts.join()}`);
});

test("alerts that people confirm are none of the budget's: twice as many are told", () => {
  const told = (confirms: boolean): number => {
    const engine = new EventEngine({
      alerts: { alertsPerWeek: 0.25, entities: 1_024 },
      limits: { entities: 1_024, objects: 8_192 },
    });
    let count = 0;
    let index = 0;
    for (const event of restlessStream()) {
      const { alarm } = engine.assess(event, index++);
      if (!alarm) continue;
      count++;
      const verdict = { id: `v${count}`, actor: "nobody", verdict: "malicious" as const, detectors: [] };
      if (confirms) engine.judge("", { ...verdict, reason: "it was", expires: 2e9 });
    }
    return count;
  };
  const [silent, confirmed] = [told(false), told(true)];
  assert.ok(confirmed >= 2 * silent, `${silent} of a budget of 0.25, ${confirmed} of it with all confirmed`);
});
