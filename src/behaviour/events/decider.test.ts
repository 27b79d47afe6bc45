import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hash64 } from "../stats/hash.ts";
import { Decider } from "./decider.ts";

const hour = 3_600;
const staff = 20;

/** A small generator of its own (mulberry32): ordinary hours must scatter. */
function scatter(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const keyOf = (n: number): Hash64 => ({ high: n * 7_919, low: n * 104_729 });

/**
 * Six weeks of twenty accounts, then hours in which one of them is odd, none of them enough by itself.
 * @param isTold whether somebody is told as soon as it is enough
 * @returns the most that it came to
 */
function odd(isTold: boolean): number {
  const random = scatter(5);
  const decider = new Decider(1, 256);
  let now = 0;
  for (; now < 6 * 168; now++)
    for (let n = 1; n <= staff; n++) decider.observe(keyOf(n), now * hour, -Math.log(random()) * 0.7, now);
  let most = 0;
  for (let i = 0; i < 30; i++, now++) {
    const { excess } = decider.observe(keyOf(3), now * hour, 6, now);
    most = Math.max(most, excess);
    if (isTold && excess >= 1) decider.alerted();
  }
  return most;
}

test("evidence of many hours is kept until somebody is told, within a bound, and starts anew then", () => {
  const [told, untold] = [odd(true), odd(false)];
  assert.ok(told >= 1 && told < 1.6, `${told} where each alarm is told`);
  assert.ok(untold > 1.8 && untold < 3, `${untold} where none is`);
});
