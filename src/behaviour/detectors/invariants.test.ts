import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { AccessEvent } from "../../core/index.ts";
import { Invariants } from "./invariants.ts";
import { eventAt, feed, limits, restored, saved, strongest } from "./testing/observe.ts";

const call = (operation: string, more: Partial<AccessEvent> = {}) => eventAt(0, "eve", "admin", { operation, ...more });
const told = (event: AccessEvent) => feed(new Invariants(limits), event);
const resource = (study_uid: string, sop_instance_uid: string) => ({
  level: "instance" as const,
  study_uid,
  sop_instance_uid,
});

test("logging, versioning, retention and keys taken away are invariants, with their technique", () => {
  const cases: [AccessEvent, string][] = [
    [call("cloudtrail:StopLogging"), "T1562.008"],
    [call("cloudtrail:DeleteTrail"), "T1562.008"],
    [call("cloudtrail:PutEventSelectors"), "T1562.008"],
    [call("ec2:DeleteFlowLogs"), "T1562.008"],
    [call("kms:ScheduleKeyDeletion"), "T1485"],
    [call("s3:PutBucketVersioning", { marks: ["versioning/suspended"] }), "T1490"],
    [call("s3:CopyObject", { marks: ["encryption/customer-key"] }), "T1486"],
    [
      call("s3:DeleteObject", {
        activity: "delete",
        resources: [resource("oncorecord-audit-trail/AWSLogs/4172", "AWSLogs/4172/part-1")],
      }),
      "T1070",
    ],
    [call("110133"), "T1562.001"],
    [call("retention shorten"), "T1562.001"],
  ];
  for (const [event, technique] of cases) {
    const [first] = told(event);
    assert.ok(first?.invariant && first.reason.technique === technique, `${event.operation} ${JSON.stringify(first)}`);
  }
});

test("what an administrator does every day breaks none", () => {
  const bucket = resource("oncorecord-data/treatment/700116", "treatment/700116/fraction-1.bin");
  for (const event of [
    call("cloudtrail:LookupEvents"),
    call("s3:PutBucketVersioning"),
    call("s3:PutObject", { activity: "create", resources: [bucket] }),
    call("s3:DeleteObject", { activity: "delete", resources: [bucket] }),
    call("kms:GenerateDataKey"),
    call("peers add"),
    call("users add"),
    call("retention"),
    call("auditorium delete"),
  ])
    assert.deepEqual(told(event), [], event.operation);
});

test("what was refused is told, but as an attempt", () => {
  const [attempt] = told(call("cloudtrail:StopLogging", { status: "denied" }));
  assert.ok(attempt && !attempt.invariant && attempt.nats > 5 && attempt.reason.text.startsWith("tried"));
});

test("a canary is known by the digest of its id, and named by nothing", () => {
  const digest = createHash("sha256").update("CANARY-7").digest("hex");
  const detector = new Invariants(limits, { canaries: [digest.toUpperCase()] });
  const read = (patient_id: string) => eventAt(0, "eve", "read", { resources: [{ level: "patient", patient_id }] });
  const [touched] = feed(detector, read("CANARY-7"));
  assert.ok(touched?.invariant && !touched.reason.text.includes("CANARY"));
  assert.deepEqual(feed(detector, read("700116")), []);
});

test("an application that always brings its own key becomes its own work; the same from another account does not", () => {
  const detector = new Invariants(limits);
  const put = (who: string) =>
    eventAt(0, who, "create", { operation: "s3:PutObject", marks: ["encryption/customer-key"] });
  for (let i = 0; i < 25; i++) feed(detector, put("service"), 0, 99);
  const copy = restored(new Invariants(limits), detector);
  assert.deepEqual(feed(copy, put("service")), []);
  assert.ok(strongest(feed(copy, put("eve"))) > 20);
  for (let i = 0; i < 100; i++) assert.ok(feed(copy, put("eve"))[0]?.invariant, "a flood does not become work");
  assert.notDeepEqual(saved(new Invariants(limits)), saved(copy));
});
