import assert from "node:assert/strict";
import { test } from "node:test";
import { TrailClock } from "./clock.ts";
import { eventAt, feed, observe, restored, saved, strongest } from "./testing/observe.ts";

const hour = 3_600;
const entry = (at: number, product = "ATNA", more: object = {}) =>
  eventAt(at, "anna", "read", { metadata: { product }, ...more });

/** A week of two logs whose entries are out of order by some seconds. */
function week(): TrailClock {
  const detector = new TrailClock();
  for (let i = 0; i < 5_000; i++) {
    const told = feed(detector, entry(i * 120 - ((i * 37) % 90), i % 2 ? "ATNA" : "CloudTrail"));
    assert.deepEqual(told, []);
  }
  return detector;
}
const learnt = week();
const now = 5_000 * 120;
const fresh = () => restored(new TrailClock(), learnt);

test("an entry hours older than its log's last stands out, each one", () => {
  const detector = fresh();
  for (let i = 0; i < 20; i++) {
    assert.ok(strongest(feed(detector, entry(now + i * 60 - 6 * hour))) > 12);
    assert.deepEqual(feed(detector, entry(now + i * 60)), []);
  }
});

test("a log that comes late as a whole and in order is an outage", () => {
  const detector = fresh();
  for (let i = 0; i < 200; i++) feed(detector, entry(now + i * 60, "CloudTrail"));
  for (let i = 0; i < 200; i++) assert.deepEqual(feed(detector, entry(now + i * 60)), []);
});

test("long operations end in another order than they began", () => {
  const detector = fresh();
  feed(detector, entry(now + 2 * hour));
  assert.deepEqual(feed(detector, entry(now, "ATNA", { duration: 2 * hour * 1000 })), []);
  assert.deepEqual(feed(detector, entry(now, "ATNA", { activity: "release" })), []);
});

test("one entry from the future does not make the present late; a snapshot continues", () => {
  const [copy, original] = [fresh(), fresh()];
  for (const detector of [copy, original]) {
    const ahead = entry(now + 400 * 24 * hour);
    detector.assess({ ...observe(entry(now)), event: ahead }, () => {}); // the engine's clock does not follow it there
    assert.deepEqual(feed(detector, entry(now + 60)), []);
  }
  assert.deepEqual(saved(copy), saved(original));
});
