import assert from "node:assert/strict";
import { test } from "node:test";
import { leadOfIncident, suspicionOfIncident, textOf } from "./index.ts";

type Spoken = Parameters<typeof suspicionOfIncident>[0][number];

const now = Date.UTC(2026, 3, 21);
const alert = (principal: string, more: Partial<Spoken> = {}): Spoken => ({
  incident: "i",
  time: now - 3_600_000,
  subject: { principal, kind: "person", roles: [], tenant: "default", host: "192.0.2.7" },
  ...more,
});
const named = (...alerts: Spoken[]) => suspicionOfIncident(alerts, now)?.principals.map(textOf);

test("an incident suspects whom its alerts speak against, each once", () => {
  assert.deepEqual(named(alert("user:eve"), alert("peer:CT1"), alert("user:eve")), ["user:eve", "ae:CT1"]);
});

test("strangers are known by their address; what a host or a vendor is suspected of is theirs", () => {
  assert.deepEqual(named(alert("nobody")), ["host:192.0.2.7"]);
  assert.deepEqual(named(alert("user:anna", { about: "host" })), ["host:192.0.2.7"]);
  const { subject } = alert("user:anna");
  assert.deepEqual(named(alert("", { about: "vendor", subject: { ...subject, vendor: "acme" } })), ["vendor:acme"]);
});

test("whoever completed what everybody did is not suspected for it", () => {
  assert.deepEqual(named(alert("user:anna", { about: "tenant", together: ["user:eve", "CT9"] })), ["user:eve", "CT9"]);
  assert.equal(named(alert("user:anna", { about: "tenant" })), undefined);
});

test("the span begins before the first finding and ends when the last alert was closed, or now", () => {
  const closed = (at: number) => ({ closure: { reason: "true positive" as const, by: "user:anna", at } });
  const spanOf = (...alerts: Spoken[]) => {
    const { from, to } = suspicionOfIncident(alerts, now)!;
    return { from, to };
  };
  const first = now - 7_200_000;
  const both = [alert("user:eve", closed(now - 20)), alert("user:eve", { time: first, ...closed(now - 10) })];
  assert.deepEqual(spanOf(...both), { from: first - leadOfIncident, to: now - 10 });
  assert.equal(spanOf(...both, alert("user:eve")).to, now);
});
