/** Blast radius and undo against a slow and simple truth: whole snapshots after every entry. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DeleteTarget, JournalEntry, JournalRecord, StoredObject } from "../catalogue/index.ts";
import type { AccessEvent } from "../core/index.ts";
import { DamageReader, type Effect, parseSelector, planUndo } from "./index.ts";

const histories = 300;

interface Act {
  who: "eve" | "anna";
  kind: "store" | "read" | "delete" | "restore" | "refused";
  tenant: "default" | "north";
  patient: number;
  study: number;
  series: number;
  instance: number;
  level: DeleteTarget["level"];
}

const act: fc.Arbitrary<Act> = fc.record({
  who: fc.constantFrom("eve", "anna", "anna"),
  kind: fc.constantFrom("store", "store", "store", "read", "delete", "restore", "refused"),
  tenant: fc.constantFrom("default", "default", "north"),
  patient: fc.integer({ min: 1, max: 2 }),
  study: fc.integer({ min: 1, max: 2 }),
  series: fc.integer({ min: 1, max: 2 }),
  instance: fc.integer({ min: 1, max: 6 }),
  level: fc.constantFrom("patient", "study", "series", "instance"),
});

const placeOf = ({ patient, study, series, instance }: Act) => ({
  patientId: `P${patient}`,
  studyUid: `1.${patient}.${study}`,
  seriesUid: `2.${patient}.${study}.${series}`,
  sopInstanceUid: `3.${instance}`,
});

function targetOf(one: Act): DeleteTarget {
  const { patientId, studyUid, seriesUid, sopInstanceUid } = placeOf(one);
  if (one.level === "patient") return { level: "patient", patientId };
  if (one.level === "study") return { level: "study", studyUid };
  if (one.level === "series") return { level: "series", studyUid, seriesUid };
  return { level: "instance", sopInstanceUid };
}

interface Seen {
  place: ReturnType<typeof placeOf>;
  version: number;
  visible: boolean;
}
type Snapshot = Map<string, Seen>;

const matches = ({ place }: Seen, { patientId, studyUid, seriesUid, sopInstanceUid }: DeleteTarget): boolean =>
  (patientId === undefined || place.patientId === patientId) &&
  (!studyUid || place.studyUid === studyUid) &&
  (!seriesUid || place.seriesUid === seriesUid) &&
  (!sopInstanceUid || place.sopInstanceUid === sopInstanceUid);

/** The history as journal entries, the truth about what each act did, and the state after each. */
function play(acts: Act[]) {
  const entries: JournalEntry[] = [];
  const touched: { key: string; effect: Effect; entry: number; who: Act["who"] }[] = [];
  const snapshots: Snapshot[] = [];
  let now: Snapshot = new Map();
  for (const [seq, one] of acts.entries()) {
    const target = targetOf(one);
    const next: Snapshot = new Map([...now].map(([key, seen]) => [key, { ...seen }]));
    const note = (key: string, effect: Effect) => touched.push({ key, effect, entry: seq, who: one.who });
    let record: JournalRecord = { kind: "access", event: eventOf(one) };
    const inTenant = [...next].filter(([key]) => key.startsWith(`${one.tenant} `));
    if (one.kind === "store") {
      const place = placeOf(one);
      const key = `${one.tenant} ${place.sopInstanceUid}`;
      const version = (next.get(key)?.version ?? 0) + 1;
      record = { kind: "store", event: eventOf(one), object: { ...place, version } as StoredObject };
      note(key, next.has(key) ? "changed" : "created");
      next.set(key, { place, version, visible: true });
    } else if (one.kind === "delete" || one.kind === "restore") {
      record = { kind: one.kind, event: eventOf(one), target };
      for (const [key, seen] of inTenant)
        if (matches(seen, target) && seen.visible === (one.kind === "delete")) {
          seen.visible = !seen.visible;
          note(key, seen.visible ? "shown" : "hidden");
        }
    } else if (one.kind === "read") {
      for (const [key, seen] of inTenant) if (matches(seen, target) && seen.visible) note(key, "read");
    }
    entries.push({ seq, time: 1_000 + seq, record });
    snapshots.push(next);
    now = next;
  }
  return { entries, touched, snapshots, end: now };
}

function eventOf(one: Act): AccessEvent {
  const { level, patientId, studyUid, seriesUid, sopInstanceUid } = targetOf(one);
  return {
    time: "2026-01-01T00:00:00.000Z",
    activity: one.kind === "store" ? "create" : one.kind === "refused" ? "read" : one.kind,
    status: one.kind === "refused" ? "denied" : "success",
    protocol: "api",
    operation: "test",
    actor: { user: { name: one.who } },
    src_endpoint: {},
    ...(one.tenant === "default" ? {} : { tenant: one.tenant }),
    resources: [
      {
        level,
        ...(patientId === undefined ? {} : { patient_id: patientId }),
        ...(studyUid ? { study_uid: studyUid } : {}),
        ...(seriesUid ? { series_uid: seriesUid } : {}),
        ...(sopInstanceUid ? { sop_instance_uid: sopInstanceUid } : {}),
      },
    ],
  };
}

function assess(entries: JournalEntry[], principal: string, from: number, to: number) {
  const reader = new DamageReader({ principals: [parseSelector(principal)], from, to });
  for (const entry of entries) reader.read(entry);
  return reader.end();
}

const span = fc.tuple(fc.integer({ min: 995, max: 1_050 }), fc.integer({ min: 1_000, max: 1_070 }));
const history = fc.array(act, { minLength: 1, maxLength: 60 });

test(`the blast radius is the truth, touch for touch, over ${histories} histories`, () => {
  fc.assert(
    fc.property(history, span, (acts, [from, to]) => {
      const { entries, touched, end } = play(acts);
      const damage = assess(entries, "user:eve", from, to);
      const expected = touched
        .filter(({ who, entry }) => who === "eve" && 1_000 + entry >= from && 1_000 + entry <= to)
        .map(({ key, effect, entry }) => `${key} ${effect} ${entry}`);
      const found = damage.objects.flatMap(({ held, touches }) =>
        touches.map(({ effect, entry }) => `${held.tenant} ${held.sopInstanceUid} ${effect} ${entry}`),
      );
      assert.deepEqual(found.sort(), expected.sort());
      const known = [...damage.holdings.tenants.values()].reduce((sum, tenant) => sum + tenant.size, 0);
      assert.equal(known, end.size);
    }),
    { numRuns: histories },
  );
});

test(`undo leaves each instance as the last other hand left it, over ${histories} histories`, () => {
  fc.assert(
    fc.property(history, span, (acts, [from, to]) => {
      const { entries, touched, snapshots, end } = play(acts);
      const plan = planUndo(assess(entries, "eve", from, to));
      const steps = new Map(plan.steps.map((step) => [`${step.tenant} ${step.sopInstanceUid}`, step]));
      const conflicts = new Set(plan.conflicts.map((held) => `${held.tenant} ${held.sopInstanceUid}`));
      const created = new Set(plan.created.map((held) => `${held.tenant} ${held.sopInstanceUid}`));
      for (const [key, seen] of end) {
        const changes = touched.filter((touch) => touch.key === key && touch.effect !== "read");
        const isTheirs = ({ who, entry }: (typeof changes)[number]): boolean =>
          who === "eve" && 1_000 + entry >= from && 1_000 + entry <= to;
        const step = steps.get(key);
        const lastOther = changes.findLast((change) => !isTheirs(change));
        const attacked = changes.some(isTheirs);
        assert.equal(conflicts.has(key), attacked && !isTheirs(changes.at(-1)!), `conflict of ${key}`);
        assert.equal(created.has(key), attacked && lastOther === undefined);
        const wanted =
          attacked && isTheirs(changes.at(-1)!) && lastOther ? snapshots[lastOther.entry]!.get(key)! : seen;
        const after = !step
          ? seen
          : { version: step.action === "revert" ? step.version : seen.version, visible: step.action !== "hide" };
        assert.equal(after.visible, wanted.visible, `${key} visible`);
        if (wanted.visible) assert.equal(after.version, wanted.version, `${key} version`);
        if (step) assert.deepEqual(step.expected, { version: seen.version, visible: seen.visible });
      }
    }),
    { numRuns: histories },
  );
});

test("each way of naming a principal, and none that names another", () => {
  const event: AccessEvent = {
    ...eventOf({
      who: "eve",
      kind: "read",
      tenant: "default",
      patient: 1,
      study: 1,
      series: 1,
      instance: 1,
      level: "study",
    }),
    protocol: "dimse",
    actor: { user: { name: "k1", type: "service" }, app: "CT1", vendor: "acme" },
    src_endpoint: {
      ip: "192.0.2.7",
      hostname: "ct1.example",
      ae_title: "CT1",
      certificate: { fingerprint: "ab", subject: "" },
    },
    metadata: { correlation_uid: "undo:7" },
  };
  const did = (name: string): number =>
    assess([{ seq: 0, time: 1, record: { kind: "access", event } }], name, 0, 2).entries;
  for (const name of ["user:k1", "key:k1", "ae:CT1", "peer:CT1", "vendor:acme", "host:192.0.2.7", "host:ct1.example"])
    assert.equal(did(name), 1, name);
  for (const name of ["certificate:ab", "undo:7", "CT1", "acme", "192.0.2.7"]) assert.equal(did(name), 1, name);
  for (const name of ["user:CT1", "ae:k1", "vendor:CT1", "host:CT1", "undo:8", "ct1"]) assert.equal(did(name), 0, name);
  const as = (name: string, type: "person" | "service", selector: string): number =>
    assess(
      [{ seq: 0, time: 1, record: { kind: "access", event: { ...event, actor: { user: { name, type } } } } }],
      selector,
      0,
      2,
    ).entries;
  for (const selector of ["user:anna", "anna", "user:user:anna"])
    assert.equal(as("user:anna", "person", selector), 1, selector);
  for (const selector of ["key:7f", "7f"]) assert.equal(as("key:7f", "service", selector), 1, selector);
  assert.equal(as("oidc:s1", "person", "oidc:s1"), 1);
  for (const selector of ["user:7f", "key:anna", "user:ann"])
    assert.equal(as("key:7f", "service", selector), 0, selector);
  assert.throws(() => parseSelector(" "), { code: "request/invalid" });
});

test("a read that names nothing leaves nothing provable in its clinic alone", () => {
  const one: Act = {
    who: "eve",
    kind: "read",
    tenant: "north",
    patient: 1,
    study: 1,
    series: 1,
    instance: 1,
    level: "study",
  };
  const { resources: _, ...event } = eventOf(one);
  const damage = assess([{ seq: 0, time: 1, record: { kind: "access", event } }], "eve", 0, 2);
  assert.deepEqual(damage.unbounded, [{ entry: 0, time: 1, tenant: "north" }]);
});
