import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { AccessEvent } from "../../core/index.ts";
import { orthanc } from "./orthanc.ts";

/** Written by Orthanc 1.10.1 with --verbose, to storescu, echoscu, findscu, movescu and curl. */
const log = readFileSync(new URL("./testing/orthanc-1.10.1.txt", import.meta.url), "utf8")
  .trim()
  .split("\n");
const modified = Date.parse("2026-11-25T10:00:00Z");

function eventsOf(lines: readonly string[], changed = modified): AccessEvent[] {
  const file = orthanc.ofFile!({ path: "Orthanc.log", modified: changed }, "UTC");
  return lines.flatMap((line) => file.events(line) ?? []).filter((event) => event !== undefined);
}

const short = ({ activity, operation, status, actor, resources }: AccessEvent) =>
  [activity, operation, status, actor.app, ...(resources ? [resources[0]!.level] : [])].join(" ");

test("a real log: who connected, stored, asked and was refused; what was read, overwritten and deleted over REST", () => {
  const events = eventsOf(log);
  const found = events.map(short);
  for (const expected of [
    "associate A-ASSOCIATE success STORESCU",
    "create C-STORE success STORESCU",
    "release A-RELEASE success STORESCU",
    "echo C-ECHO success EVIL",
    "query C-FIND success STORESCU",
    "read C-MOVE success STORESCU",
    "read C-MOVE failure STORESCU",
    "query GET /instances success REST",
    "read GET /instances/:id/file success REST instance",
    "query POST /tools/find success REST",
    "read GET /studies/:id/archive success REST study",
    "create POST /instances success REST",
    "update POST /instances success REST instance",
    "delete DELETE /instances/:id success REST instance",
    "update C-STORE success STORESCU instance",
    "export POST /modalities/:id/store success REST",
    "update POST /studies/:id/anonymize success REST study",
    "admin PUT /modalities/:id success REST",
  ])
    assert.ok(found.includes(expected), `${expected} in\n${found.join("\n")}`);
  assert.deepEqual(
    events.filter(({ status }) => status === "denied").map((event) => `${short(event)} ${event.src_endpoint.ip}`),
    [
      "associate A-ASSOCIATE denied EVIL 127.0.0.1",
      "associate A-ASSOCIATE denied STORESCU 127.0.0.1",
      "associate A-ASSOCIATE denied EVIL 127.0.0.1",
    ],
  );
  assert.equal(events.find(({ operation }) => operation === "C-STORE")!.dst_endpoint!.ae_title, "ORTHANC");
  assert.match(events[0]!.time, /^2026-11-25T09:3\d:\d\d\.\d{3}Z$/);
});

test("no line of a real log is broken; what is no line of it is", () => {
  const file = orthanc.ofFile!({ path: "Orthanc.log", modified }, "UTC");
  for (const line of log) assert.ok(file.events(line), line);
  for (const line of ["", "I1125", "I1399 09:00:00.000000 main.cpp:1] x", "free text", 7])
    assert.equal(file.events(line), undefined);
});

test("the year is that of the file's last change, or the one before for later days; thread names are passed over", () => {
  const lines = [
    "I1231 23:59:59.000000 main.cpp:352] Incoming Store request from AET A B on IP ::1, calling AET X",
    "I0101 00:00:01.000000           DICOM-2 main.cpp:352] Incoming Store request from AET A B on IP ::1, calling AET X",
  ];
  const events = eventsOf(lines, Date.parse("2027-01-02T00:00:00Z"));
  assert.deepEqual(
    events.map(({ time, actor, src_endpoint }) => [time.slice(0, 10), actor.app, src_endpoint.ip]),
    [
      ["2026-12-31", "A B", "::1"],
      ["2027-01-01", "A B", "::1"],
    ],
  );
});

test("local times are of the zone that is stated, through a change of clocks; a log in a folder tells its first day", () => {
  const line = (stamp: string) =>
    `I${stamp}.000000 main.cpp:352] Incoming Store request from AET A on IP ::1, calling AET X`;
  const file = orthanc.ofFile!({ path: "logs/Orthanc.log.20251220-095030.16454", modified }, "Europe/Berlin");
  const times = ["1231 23:30:00", "0101 00:30:00", "0329 01:30:00", "0329 03:30:00", "1025 03:30:00"].map(
    (stamp) => file.events(line(stamp))![0]!.time,
  );
  assert.deepEqual(times, [
    "2025-12-31T22:30:00.000Z",
    "2025-12-31T23:30:00.000Z",
    "2026-03-29T00:30:00.000Z",
    "2026-03-29T01:30:00.000Z",
    "2026-10-25T02:30:00.000Z",
  ]);
});
