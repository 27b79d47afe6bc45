import assert from "node:assert/strict";
import { test } from "node:test";
import { lateness } from "./index.ts";

const minute = 60_000;
const hour = 60 * minute;
const remark = (more: object) => ({ live: false, reread: false, journaled: 0, ...more });

test("what happened before an outage is late, and done by itself only while it could go on", () => {
  assert.deepEqual(lateness(remark({}), 9 * minute, false), {}, "a short restart");
  assert.deepEqual(lateness(remark({ live: true }), 3 * hour, false), {}, "the engine was behind");
  assert.deepEqual(lateness(remark({}), 3 * hour, true), { late: 3 * hour });
  assert.deepEqual(lateness(remark({}), 3 * hour, false), { late: 3 * hour, onlyAsks: true });
  assert.deepEqual(lateness(remark({}), 48 * hour, true), { late: 48 * hour, onlyAsks: true });
});

test("a journal that is read anew raises none of the alerts that it had", () => {
  assert.equal(lateness(remark({ reread: true }), 3 * hour, true), undefined);
  assert.deepEqual(lateness(remark({ reread: true }), 9 * minute, true), {});
});
