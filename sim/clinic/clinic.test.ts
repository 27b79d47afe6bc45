import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { type AccessEvent, activities, type Treatment } from "../../src/core/index.ts";
import { rtSets } from "../objects/index.ts";
import { attackOn, attacks, ClinicStream, families, parametersOf, Reader } from "./index.ts";
import { realEvents } from "./real-archive.ts";
import type { LogLine } from "./stream.ts";

const days = 14;
const options = (family = "rural", seed = 3) => ({ parameters: parametersOf(family, seed, days), seed });
const lines = [...new ClinicStream(options())];

/** Fewer days, and an announced visit among them. */
const short = { parameters: { ...parametersOf("rural", 3, 8), vendorAnnouncedDays: [4] }, seed: 3 };

function attacked(kind: string, stealth: 0 | 1 | 2 = 1) {
  const attack = attacks.find((each) => each.kind === kind)!;
  const plan = attackOn(attack, { speed: attack.speeds.at(-1)!, stealth, seed: 5, earliest: 3, latest: 4 });
  const stream = new ClinicStream({ ...short, attacks: [{ attack, plan }] });
  return { stream, lines: [...stream], attack };
}

const digest = (all: readonly LogLine[]): string =>
  createHash("sha256")
    .update(all.map(({ source, text }) => `${source} ${text}\n`).join(""))
    .digest("hex");

test("the same seed gives the same lines, another one others", () => {
  assert.equal(digest([...new ClinicStream(options())]), digest(lines));
  assert.notEqual(digest([...new ClinicStream(options("rural", 4))]), digest(lines));
});

test("lines come in order of arrival, and a late start leaves out and changes nothing else", () => {
  for (let i = 1; i < lines.length; i++) assert.ok(lines[i]!.arrival >= lines[i - 1]!.arrival);
  const late = [...new ClinicStream({ ...options(), fromDay: 6 })];
  assert.ok(late.length > 100 && late.length < lines.length);
  assert.equal(digest(late), digest(lines.slice(-late.length)));
});

test("the real parsers read every line of every family", () => {
  for (const family of Object.keys(families)) {
    const reader = new Reader();
    let events = 0;
    for (const line of new ClinicStream({ parameters: parametersOf(family, 1, 3), seed: 1 })) {
      events += reader.read(line).length;
    }
    assert.ok(events > 1_000, family);
    assert.equal(reader.broken, 0, family);
  }
});

const alone = digest([...new ClinicStream(short)]);

for (const { kind } of attacks) {
  test(`${kind}: its lines are marked, named in the truth, and beside them everything is as it was`, () => {
    const { stream, lines: all } = attacked(kind);
    const { truth } = stream.attacks[0]!;
    const hostile = all.filter((line) => line.attack > 0);
    const reader = new Reader();
    const events = hostile.flatMap((line) => reader.read(line));
    assert.equal(reader.broken, 0);
    assert.ok(hostile.length > 0 || truth.silenced.length > 0, "the attack did nothing");
    for (const { arrival } of hostile) assert.ok(arrival >= truth.begins);
    for (const { actor, src_endpoint } of events) {
      const names = [actor.user?.name, actor.user?.role, actor.app].filter((name) => name !== undefined);
      assert.ok(
        names.some((name) => truth.identities.has(name)),
        `${names} not in the truth`,
      );
      assert.ok(src_endpoint.ip);
    }
    if (truth.silenced.length > 0) return;
    assert.equal(digest(all.filter((line) => line.attack === 0)), alone);
  });
}

test("nothing in a line tells that it is hostile", () => {
  for (const { text } of attacked("mass-encryption").lines.filter((line) => line.attack > 0)) {
    assert.doesNotMatch(text, /hostile|attack|encrypt|malicious/i);
  }
});

test("patients are treated on workdays, about once each", () => {
  const reader = new Reader();
  const records = new Map<string, Set<string>>();
  for (const line of lines.filter(({ source }) => source === "archive")) {
    for (const { time, resources = [], activity } of reader.read(line)) {
      const [resource] = resources;
      if (resource?.modality !== "RTRECORD" || activity !== "create") continue;
      const day = time.slice(0, 10);
      records.set(day, (records.get(day) ?? new Set()).add(resource.patient_id!));
    }
  }
  const { patientsOnTreatment } = options().parameters;
  assert.equal(records.size, 10, [...records.keys()].join());
  for (const [day, patients] of records) {
    assert.ok(![0, 6].includes(new Date(day).getUTCDay()), day);
    assert.ok(
      patients.size > patientsOnTreatment * 0.6 && patients.size < patientsOnTreatment * 1.4,
      `${patients.size}`,
    );
  }
});

test("the local hour of treatment stays when the clocks change", () => {
  const parameters = { ...parametersOf("reference", 2, 7), start: "2026-03-25" };
  const first = new Map<string, string>();
  for (const { source, text } of new ClinicStream({ parameters, seed: 2 })) {
    if (source !== "archive" || !text.includes('"RTRECORD"')) continue;
    const [, day, time] = /"time":"([\d-]{10})T(\d\d:\d\d)/.exec(text)!;
    if (!first.has(day!) || time! < first.get(day!)!) first.set(day!, time!);
  }
  const hour = (day: string): number => Number(first.get(day)!.slice(0, 2)) + Number(first.get(day)!.slice(3)) / 60;
  assert.ok(Math.abs(hour("2026-03-27") - hour("2026-03-30") - 1) < 0.5, "the clinic opens at the same local time");
});

test("events have the fields of the events of a real archive, and values of their kind", async () => {
  const made = await realEvents([
    ...rtSets({ seed: 1, patients: 1, slices: 2, size: 256, fractions: 1, interruptions: [] }),
  ]);
  const real = shapes(made);
  const simulated = shapes(
    lines.filter(({ source }) => source === "archive").map(({ text }) => JSON.parse(text) as AccessEvent),
  );
  for (const [operation, fields] of real) {
    if (operation === "start" || operation === "stop" || operation === "C-GET") continue;
    const missing = [...fields].filter((field) => !simulated.get(operation)?.has(field));
    assert.deepEqual(missing, [], `${operation} lacks fields of a real one`);
    const invented = [...simulated.get(operation)!].filter((field) => !fields.has(field) && !foreseen.test(field));
    assert.deepEqual(invented, [], `${operation} has fields that a real one has not`);
  }
  for (const event of made) assert.ok(activities.includes(event.activity));
});

/** Known by the contract (src/core/event.ts) where a user is signed in, or told by what is stored. */
const foreseen =
  /^(actor\.user|count\.failed|actor\.session|content\.pixel_digest|content\.irregular|status_detail|actor\.vendor|treatment)/;

test("plans are approved before they are treated by, and records agree with them", () => {
  const plans = new Map<string, Treatment>();
  let records = 0;
  for (const { source, text } of new ClinicStream({ parameters: parametersOf("rural", 3, 35), seed: 3 })) {
    if (source !== "archive" || !text.includes('"treatment"')) continue;
    const { treatment, activity } = JSON.parse(text) as AccessEvent & { treatment: Treatment };
    if (treatment.kind === "plan") {
      const before = plans.get(treatment.plan_uid!);
      assert.equal(activity, before ? "update" : "create");
      const isAltered = before && JSON.stringify(before.fraction_groups) !== JSON.stringify(treatment.fraction_groups);
      assert.ok(!isAltered || treatment.approval === "UNAPPROVED", "altered without an approval of its own");
      plans.set(treatment.plan_uid!, treatment);
      continue;
    }
    const plan = plans.get(treatment.plan_uid!);
    if (!plan) continue;
    records++;
    assert.equal(plan.approval, "APPROVED");
    const [group] = plan.fraction_groups!;
    assert.ok(treatment.fraction! >= 1 && treatment.fraction! <= group!.fractions!);
    for (const { beam, specified } of treatment.delivered!) assert.equal(specified, group!.metersets![beam]);
  }
  assert.ok(plans.size > 20 && records > 100, `${plans.size} plans, ${records} records of them`);
});

/** Operation to the paths of all fields seen in its events; values' types are part of them. */
function shapes(events: readonly AccessEvent[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const event of events) {
    const fields = found.get(event.operation) ?? new Set<string>();
    found.set(event.operation, fields);
    collect(event, "", fields);
  }
  return found;
}

function collect(value: object, path: string, fields: Set<string>): void {
  for (const [key, field] of Object.entries(value)) {
    if (path === "query.keys.") return;
    if (Array.isArray(field))
      for (const each of field) typeof each === "object" && collect(each, `${path}${key}.`, fields);
    else if (typeof field === "object" && field !== null) collect(field, `${path}${key}.`, fields);
    else fields.add(`${path}${key}:${typeof field}`);
  }
}
