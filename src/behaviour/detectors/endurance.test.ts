import assert from "node:assert/strict";
import { test } from "node:test";
import { Endurance } from "./endurance.ts";
import { eventAt, feed, limits, restored, strongest } from "./testing/observe.ts";

const hour = 3_600;
const day = 24 * hour;
const look = (at: number, who: string) => eventAt(at, who, "read");

/** Thirty days: ten people work eight hours on weekdays, a service does something every half hour. */
function learnt(): Endurance {
  const detector = new Endurance(limits);
  for (let d = 0; d < 30; d++) {
    for (let minute = 0; minute < 1_440; minute += 30) {
      const at = d * day + minute * 60;
      feed(detector, look(at, "service"), 1);
      if (d % 7 < 5 && minute < 480) for (let n = 0; n < 10; n++) feed(detector, look(at + n, `staff${n}`));
    }
  }
  return detector;
}

const known = learnt();

/** Every half hour for so many hours from the morning of a Wednesday on. @returns the most that was told of one event */
function works(who: string, hours: number, group = 0): number {
  const detector = restored(new Endurance(limits), known);
  let most = 0;
  for (let at = 30 * day; at < 30 * day + hours * hour; at += hour / 2)
    most = Math.max(most, strongest(feed(detector, look(at, who), group)));
  return most;
}

test("an account that does something in every hour of a day stands out, a day's work does not", () => {
  const [working, restless] = [works("staff3", 8), works("staff3", 24)];
  assert.ok(working < 1 && restless > 3, `${working} and ${restless} nats`);
});

test("a service that never rests has that for a habit", () => {
  assert.equal(works("service", 48, 1), 0);
});

test("what is done within an hour counts as that hour", () => {
  const detector = restored(new Endurance(limits), known);
  let most = 0;
  for (let i = 0; i < 5_000; i++) most = Math.max(most, strongest(feed(detector, look(30 * day + i * 0.5, "staff3"))));
  assert.equal(most, 0);
});
