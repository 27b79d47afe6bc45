/** Random histories of an archive: the same few identities over and over, so that everything meets everything. */
import fc from "fast-check";
import type { AccessEvent } from "../../core/index.ts";
import type { DeleteTarget, JournalEntry, JournalRecord, StoredObject } from "../types.ts";
import type { Json } from "./model.ts";

export const event: AccessEvent = {
  time: "2026-01-01T00:00:00.000Z",
  activity: "create",
  status: "success",
  protocol: "internal",
  operation: "test",
  actor: {},
  src_endpoint: {},
};

/** Texts that have broken other archives. */
export const hostileTexts = [
  "'; DROP TABLE state; --",
  '"quoted"',
  "100%",
  "under_score",
  "[a-z]",
  "]",
  "a\u0000b",
  "😀 head",
  "שלום",
  "\\",
  "x".repeat(5_000),
  "\u{10ffff}",
  "naïve",
];

const text = fc.oneof(fc.constantFrom("abc", "abd", "ABC", "a", "b c"), fc.constantFrom(...hostileTexts));
const name = fc.oneof(
  fc.record({ Alphabetic: fc.constantFrom("Doe^John", "DOE^Jane", "Müller^Jörg", "[x]^y%", "O'Neil^A_b") }),
  fc.record({ Alphabetic: fc.constant("Yamada^Tarou"), Ideographic: fc.constant("山田^太郎") }),
);
const date = fc.constantFrom("20200101", "20200102", "20210101", "20211231");

const maybe = (vr: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<Json[string] | undefined> =>
  fc.option(
    value.map((each) => ({ vr, Value: [each] })),
    { nil: undefined, freq: 3 },
  );

const described = fc.record({
  "00100010": maybe("PN", name),
  "00080020": maybe("DA", date),
  "00080030": maybe("TM", fc.constantFrom("101010", "1010", "235959.5")),
  "00080050": maybe("SH", text),
  "00081030": maybe("LO", text),
  "00080060": maybe("CS", fc.constantFrom("CT", "RTPLAN", "MR")),
  "00200011": maybe("IS", fc.integer({ min: -1, max: 3 })),
  "00200013": maybe("IS", fc.integer({ min: 1, max: 4 })),
  "300A0002": maybe("SH", text),
  "00400275": maybe("SQ", fc.record({ "00400009": maybe("SH", text), "00401001": maybe("SH", text) }).map(defined)),
});

function defined(json: Record<string, Json[string] | undefined>): Json {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value)) as Json;
}

const patientId = fc.constantFrom("P1", "P2", "", "p'%_[*]");
const issuer = fc.constantFrom(undefined, "clinic");
const studyUid = fc.constantFrom("1.1", "1.2", "1.3");
const seriesUid = fc.constantFrom("2.1", "2.2", "2.3");
const sopInstanceUid = fc.integer({ min: 1, max: 9 }).map((number) => `3.${number}`);
const sopClassUid = fc.constantFrom("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.481.5");
const digest = fc.integer({ min: 0, max: 5 }).map((number) => String(number).repeat(64));

const stored = fc
  .record({ patientId, issuer, studyUid, seriesUid, sopInstanceUid, sopClassUid, digest, described })
  .map(({ issuer, described, ...ids }): Omit<StoredObject, "version"> => {
    const identity: Json = {
      "00080016": { vr: "UI", Value: [ids.sopClassUid] },
      "00080018": { vr: "UI", Value: [ids.sopInstanceUid] },
      ...(ids.patientId === "" ? {} : { "00100020": { vr: "LO", Value: [ids.patientId] } }),
      ...(issuer ? { "00100021": { vr: "LO", Value: [issuer] } } : {}),
      "0020000D": { vr: "UI", Value: [ids.studyUid] },
      "0020000E": { vr: "UI", Value: [ids.seriesUid] },
    };
    return {
      ...ids,
      ...(issuer ? { issuer } : {}),
      transferSyntaxUid: "1.2.840.10008.1.2.1",
      headerSize: 300,
      dataSetSize: 1_000,
      headerDigest: "0".repeat(64),
      location: { segment: 1, offset: 2, length: 3 },
      attributes: { ...defined(described), ...identity },
    };
  });

export const target: fc.Arbitrary<DeleteTarget> = fc.oneof(
  patientId.map((patientId) => ({ level: "patient" as const, patientId })),
  studyUid.map((studyUid) => ({ level: "study" as const, studyUid })),
  fc.record({ level: fc.constant("series" as const), studyUid, seriesUid }),
  sopInstanceUid.map((sopInstanceUid) => ({ level: "instance" as const, sopInstanceUid })),
);

const step = fc.oneof(
  { weight: 8, arbitrary: stored.map((object) => ({ kind: "store" as const, object })) },
  { weight: 2, arbitrary: target.map((target) => ({ kind: "delete" as const, target })) },
  { weight: 2, arbitrary: target.map((target) => ({ kind: "restore" as const, target })) },
  { weight: 1, arbitrary: fc.constant({ kind: "access" as const }) },
);

/** Several entries may share one time, as those of one group commit do. */
export const history: fc.Arbitrary<JournalEntry[]> = fc
  .array(fc.tuple(step, fc.integer({ min: 0, max: 2 })), { minLength: 1, maxLength: 60 })
  .map((steps) => {
    const versions = new Map<string, number>();
    let time = 1_000;
    return steps.map(([step, passed], seq): JournalEntry => {
      time += passed;
      if (step.kind !== "store") return { seq, time, record: { ...step, event } as JournalRecord };
      const version = (versions.get(step.object.sopInstanceUid) ?? 0) + 1;
      versions.set(step.object.sopInstanceUid, version);
      return { seq, time, record: { kind: "store", event, object: { ...step.object, version } } };
    });
  });

const pattern = fc.oneof(
  text,
  fc.tuple(text, fc.nat(3)).map(([whole, cut]) => `${whole.slice(0, cut)}*`),
  text.map((whole) => `*${[...whole].slice(1).join("")}`),
  text.map((whole) => `?${[...whole].slice(1).join("")}`),
  fc.constantFrom("*", "*b*", "a?c", "[a-z]*"),
);

const key = (vr: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<Json[string]> =>
  fc.oneof(
    { weight: 3, arbitrary: value.map((each) => ({ vr, Value: [each] })) },
    { weight: 1, arbitrary: fc.constant({ vr }) },
  );

const dateKey = fc.oneof(
  date,
  date.map((from) => `${from}-`),
  date.map((to) => `-${to}`),
  fc.tuple(date, date).map(([from, to]) => `${from}-${to}`),
);
const namePattern = fc
  .constantFrom("doe*", "*J*", "Doe^John", "müller^*", "山田*", "*[x]*", "*%", "O'Neil^A?b", "yamada^tarou", "Zzz*")
  .map((Alphabetic) => ({ Alphabetic }));
const uidKey = (uid: fc.Arbitrary<string>): fc.Arbitrary<Json[string]> =>
  fc.array(uid, { minLength: 1, maxLength: 3 }).map((Value) => ({ vr: "UI", Value }));

const item = fc.record(
  { "00400009": key("SH", pattern), "00401001": key("SH", pattern) },
  { requiredKeys: [], noNullPrototype: true },
);

const optional = { requiredKeys: [], noNullPrototype: true };
const patientKeys = { "00100010": key("PN", namePattern), "00100020": key("LO", fc.oneof(patientId, pattern)) };
const studyKeys = {
  "0020000D": uidKey(studyUid),
  "00080020": key("DA", dateKey),
  "00080050": key("SH", pattern),
  "00081030": key("LO", pattern),
  "00080061": key("CS", fc.constantFrom("CT", "R*", "MR", "X")),
  "00080062": uidKey(sopClassUid),
};
const seriesKeys = {
  "0020000E": uidKey(seriesUid),
  "00080060": key("CS", fc.constantFrom("CT", "RT*", "?R")),
  "00200011": key("IS", fc.integer({ min: 0, max: 3 })),
  "00400275": key("SQ", item),
};
const instanceKeys = {
  "00080018": uidKey(sopInstanceUid),
  "00080016": uidKey(sopClassUid),
  "00200013": key("IS", fc.integer({ min: 1, max: 4 })),
  "300A0002": key("SH", pattern),
};

/** Few keys at once, so that something is found. */
const few = (keys: Record<string, fc.Arbitrary<Json[string]>>): fc.Arbitrary<Json> =>
  fc
    .subarray(Object.keys(keys), { maxLength: 2 })
    .chain(
      (chosen) => fc.record(Object.fromEntries(chosen.map((tag) => [tag, keys[tag]!])), optional) as fc.Arbitrary<Json>,
    );

export const question = fc.oneof(
  few(patientKeys).map((keys) => ({ level: "patient" as const, keys })),
  few({ ...patientKeys, ...studyKeys }).map((keys) => ({ level: "study" as const, keys })),
  few({ ...patientKeys, ...studyKeys, ...seriesKeys }).map((keys) => ({ level: "series" as const, keys })),
  few({ ...patientKeys, ...studyKeys, ...seriesKeys, ...instanceKeys }).map((keys) => ({
    level: "instance" as const,
    keys,
  })),
);
