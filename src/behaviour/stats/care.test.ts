import assert from "node:assert/strict";
import { test } from "node:test";
import { Care } from "./care.ts";
import type { Hash64 } from "./hash.ts";

const day = 86_400;
const carer: Hash64 = { high: 1, low: 1 };
const stranger: Hash64 = { high: 2, low: 2 };
const patient = (number: number): Hash64 => ({ high: 3, low: number });

/** Sixty patients on treatment: something of each is stored every day, and the carer looks at all of them. */
function department(days: number): Care {
  const care = new Care(64, 1_024);
  for (let time = 0; time < days * day; time += day) {
    for (let i = 0; i < 60; i++) {
      care.stored(patient(i), time);
      care.begin(carer);
      care.look(patient(i), time + 3_600, 1);
      care.learn(carer, time + 3_600, 1);
    }
  }
  return care;
}

function look(care: Care, who: Hash64, whom: number, time: number): number {
  care.begin(who);
  return care.look(patient(whom), time, 1);
}

test("care explains the looks of those who care, at patients whom somebody sees", () => {
  const care = department(10);
  assert.ok(look(care, carer, 5, 10 * day) > 0.8);
  assert.ok(look(care, carer, 900, 10 * day) < 0.01, "nobody has ever seen that one");
  assert.ok(look(care, carer, 6, 40 * day) < 0.05, "nor this one for a month");
});

test("it explains nothing to a stranger, who does not come to care by looking on", () => {
  const care = department(10);
  assert.equal(look(care, stranger, 5, 10 * day), 0);
  for (let i = 0; i < 200; i++) {
    care.begin(stranger);
    care.look(patient(500 + i), 10 * day, 1);
    for (let again = 0; again < 20; again++) care.look(patient(500 + i), 10 * day + again, 0);
    care.learn(stranger, 10 * day, 1);
  }
  assert.ok(look(care, stranger, 7, 10 * day) < 0.01);
});

test("what was not found ordinary teaches nothing", () => {
  const care = department(10);
  for (let i = 0; i < 60; i++) {
    care.begin(stranger);
    care.look(patient(i), 10 * day, 1);
    care.learn(stranger, 10 * day, 0);
  }
  assert.equal(look(care, stranger, 5, 10 * day), 0);
});
