import assert from "node:assert/strict";
import { test } from "node:test";
import { Needs, type NeedsRecord } from "./needs.ts";

const day = 24 * 60 * 60 * 1000;

/** Entries a day apart, so that the journal lives through the time. */
class Journal {
  readonly needs = new Needs();
  seq = 0;
  now = 1_000 * day;

  add(record: NeedsRecord, days = 0): void {
    this.now += days * day;
    this.needs.read(this.seq++, this.now, record);
  }

  pass(days: number): void {
    for (let each = 0; each < days; each++) this.add({ kind: "access" }, 1);
  }

  store(
    uid: string,
    segment: number,
    more: { data?: number; patient?: string; study?: string; tenant?: string } = {},
  ): void {
    const { data, patient = "A", study = "1", tenant } = more;
    const place = { patientId: patient, studyUid: study, seriesUid: "2", sopInstanceUid: uid };
    const object = { ...place, location: { segment }, ...(data === undefined ? {} : { data: { segment: data } }) };
    this.add({ kind: "store", event: tenant === undefined ? {} : { tenant }, object });
  }

  hide(target: NeedsRecord["target"], days: number | undefined, tenant?: string): void {
    const until = days === undefined ? {} : { retainUntil: this.now + days * day };
    this.add({ kind: "delete", event: tenant === undefined ? {} : { tenant }, target: { ...target, ...until } });
  }

  collectable(): number[] {
    return [...this.needs.collectable(this.now)].sort((a, b) => a - b);
  }
}

test("a segment is collectable when all in it was deleted and retention has passed, not before", () => {
  const journal = new Journal();
  journal.store("1", 1);
  journal.store("2", 1);
  journal.store("3", 2);
  journal.hide({ sopInstanceUid: "1" }, 10);
  journal.pass(20);
  assert.deepEqual(journal.collectable(), []);
  journal.hide({ studyUid: "1" }, 10);
  journal.pass(9);
  assert.deepEqual(journal.collectable(), []);
  journal.pass(1);
  assert.deepEqual(journal.collectable(), [1, 2]);
  journal.add({ kind: "collect", segments: [1] });
  assert.deepEqual(journal.collectable(), [2]);
  journal.add({ kind: "restore", event: {}, target: { sopInstanceUid: "3" } });
  assert.deepEqual(journal.collectable(), []);
});

test("a tombstone without a term, a later term of the clinic, and a legal hold keep it", () => {
  const journal = new Journal();
  journal.store("1", 1);
  journal.store("2", 2, { tenant: "north" });
  journal.store("3", 3, { patient: "B", study: "9" });
  journal.hide({ sopInstanceUid: "1" }, undefined);
  journal.hide({ sopInstanceUid: "2" }, 5, "north");
  journal.hide({ sopInstanceUid: "3" }, 5);
  const set = (collection: string, key: string, value: unknown): void =>
    journal.add({ kind: "state", event: {}, changes: [{ collection, key, value }] });
  set("retention", "north", { days: 30 });
  set("legal-holds", "case", { tenant: "default", studyUid: "9" });
  set("legal-holds", "other", { tenant: "north", patientId: "B" });
  journal.pass(20);
  assert.deepEqual(journal.collectable(), []);
  set("legal-holds", "case", null);
  assert.deepEqual(journal.collectable(), [3]);
  set("retention", "north", null);
  assert.deepEqual(journal.collectable(), [2, 3]);
});

test("old versions stay as long as their instance is seen, and shared data as long as anybody needs it", () => {
  const journal = new Journal();
  journal.store("1", 1);
  journal.store("1", 2);
  journal.store("2", 3, { data: 2, study: "other" });
  journal.pass(100);
  assert.deepEqual(journal.collectable(), []);
  journal.hide({ sopInstanceUid: "1" }, 5);
  journal.pass(5);
  assert.deepEqual(journal.collectable(), [1]);
  journal.hide({ patientId: "A" }, 5);
  journal.pass(5);
  assert.deepEqual(journal.collectable(), [1, 2, 3]);
  journal.store("1", 4); // comes back as a new version: the old ones are its history again
  assert.deepEqual(journal.collectable(), [3]);
});

test("what is held back or quarantined stays, what was discarded goes with its term; a name in another clinic is another's", () => {
  const journal = new Journal();
  const object = { patientId: "A", studyUid: "1", seriesUid: "2", sopInstanceUid: "1", location: { segment: 1 } };
  journal.add({ kind: "held", event: {}, object });
  journal.add({ kind: "quarantine", event: {}, location: { segment: 2 } });
  journal.store("5", 3, { tenant: "north" });
  journal.hide({ patientId: "A" }, 1);
  journal.pass(10);
  assert.deepEqual(journal.collectable(), []);
  journal.add({ kind: "discard", event: {}, entries: [0], retainUntil: journal.now + 5 * day });
  journal.pass(5);
  assert.deepEqual(journal.collectable(), [1]);
});

test("a clock that jumps ahead makes nothing old: the journal has to have lived through the time", () => {
  const journal = new Journal();
  journal.store("1", 1);
  journal.hide({ sopInstanceUid: "1" }, 100);
  journal.add({ kind: "access" }, 4_000);
  assert.deepEqual(journal.collectable(), []);
  assert.deepEqual([...journal.needs.collectable(journal.now + 4_000 * day)], []);
  journal.pass(92);
  assert.deepEqual(journal.collectable(), []);
  journal.pass(1);
  assert.deepEqual(journal.collectable(), [1]);
});
