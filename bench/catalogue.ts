/**
 * The catalogue alone: entries in, queries out, the present against the past. One core.
 * node bench/catalogue.ts [--studies N] (default 20,000; five series of two instances each)
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type ArchiveQuery,
  type CatalogueReader,
  type JournalEntry,
  openCatalogue,
  openCatalogueReader,
  type StoredObject,
} from "../src/catalogue/index.ts";
import type { AccessEvent } from "../src/core/index.ts";

const { values: options } = parseArgs({ options: { studies: { type: "string", default: "20000" } } });
const studies = Number(options.studies);
const [seriesPerStudy, instancesPerSeries, studiesPerPatient, group] = [5, 2, 2, 256];
const modalities = ["CT", "RTSTRUCT", "RTPLAN", "RTDOSE", "RTRECORD"];
const families = ["Smith", "Miller", "Meier", "Garcia", "Nowak", "Rossi", "Dubois", "Jansen", "Silva", "Tanaka"];

const event: AccessEvent = {
  time: "2026-01-01T00:00:00.000Z",
  activity: "create",
  status: "success",
  protocol: "internal",
  operation: "bench",
  actor: {},
  src_endpoint: {},
};

const root = "1.2.826.0.1.3680043.10.1338";
const one = (vr: string, value: unknown) => ({ vr, Value: [value] });
const patientOf = (study: number): number => Math.floor(study / studiesPerPatient);
const nameOf = (patient: number): string => `${families[patient % 10]}${patient}^Given${patient % 97}`;
const studyUidOf = (study: number): string => `${root}.1.${study}`;
const dateOf = (study: number): string => {
  const day = new Date(Date.UTC(2015, 0, 1) + (study % 4_000) * 86_400_000);
  return day.toISOString().slice(0, 10).replaceAll("-", "");
};

function objectOf(study: number, series: number, number: number): StoredObject {
  const [studyUid, seriesUid] = [studyUidOf(study), `${root}.2.${study}.${series}`];
  const sopInstanceUid = `${root}.3.${study}.${series}.${number}`;
  const patientId = `PAT${patientOf(study)}`;
  const sopClassUid = "1.2.840.10008.5.1.4.1.1.2";
  const digest = (study * 100 + series * 10 + number).toString(16).padStart(12, "0");
  return {
    patientId,
    studyUid,
    seriesUid,
    sopInstanceUid,
    sopClassUid,
    transferSyntaxUid: "1.2.840.10008.1.2.1",
    version: 1,
    headerSize: 330,
    dataSetSize: 525_000,
    digest: [...digest].reverse().join("") + "0".repeat(52),
    headerDigest: "0".repeat(64),
    location: { segment: 1, offset: study, length: 525_330 },
    attributes: {
      "00080008": { vr: "CS", Value: ["ORIGINAL", "PRIMARY", "AXIAL"] },
      "00080016": one("UI", sopClassUid),
      "00080018": one("UI", sopInstanceUid),
      "00080020": one("DA", dateOf(study)),
      "00080022": one("DA", dateOf(study)),
      "00080023": one("DA", dateOf(study)),
      "00080030": one("TM", "101500"),
      "00080032": one("TM", "101500"),
      "00080033": one("TM", "101500"),
      "00080050": one("SH", `ACC${study}`),
      "00080060": one("CS", modalities[series % 5]),
      "00080070": one("LO", "Maker"),
      "00080080": one("LO", "Clinic"),
      "00080090": one("PN", { Alphabetic: "Referrer^Anna" }),
      "00081010": one("SH", `STATION${series}`),
      "00081030": one("LO", `Study description ${study % 300}`),
      "0008103E": one("LO", `Series ${series}`),
      "00100010": one("PN", { Alphabetic: nameOf(patientOf(study)) }),
      "00100020": one("LO", patientId),
      "00100030": one("DA", "19600101"),
      "00100040": one("CS", "F"),
      "00180015": one("CS", "PELVIS"),
      "0020000D": one("UI", studyUid),
      "0020000E": one("UI", seriesUid),
      "00200010": one("SH", String(study)),
      "00200011": one("IS", series),
      "00200013": one("IS", number),
      "00200052": one("UI", `${root}.4.${study}`),
      "00280010": one("US", 512),
      "00280011": one("US", 512),
      "00280100": one("US", 16),
    },
  };
}

function* entries(): Generator<JournalEntry> {
  let seq = 0;
  for (let study = 0; study < studies; study++)
    for (let series = 1; series <= seriesPerStudy; series++)
      for (let number = 1; number <= instancesPerSeries; number++)
        yield { seq, time: ++seq, record: { kind: "store", event, object: objectOf(study, series, number) } };
}

/** `processor`: seconds of processor time, which other load on the machine does not change. */
function ingest(file: string): { instances: number; seconds: number; processor: number } {
  const writer = openCatalogue(file);
  let [instances, spent, processor] = [0, 0n, 0];
  let batch: JournalEntry[] = [];
  const flush = (): void => {
    const begun = process.hrtime.bigint();
    const usage = process.cpuUsage();
    for (const entry of batch) {
      const { object } = entry.record as { object: StoredObject };
      writer.current(object.sopInstanceUid);
      writer.findData(object.digest);
      writer.apply(entry);
    }
    writer.commit();
    spent += process.hrtime.bigint() - begun;
    const { user, system } = process.cpuUsage(usage);
    processor += (user + system) / 1e6;
    instances += batch.length;
    batch = [];
  };
  for (const entry of entries()) if (batch.push(entry) === group) flush();
  flush();
  writer.close();
  return { instances, seconds: Number(spent) / 1e9, processor };
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Columns side by side, names first. */
function table(rows: Record<string, string | number>[]): string {
  const header = Object.keys(rows[0]!);
  const lines = [header, ...rows.map((row) => header.map((name) => String(row[name])))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]! + 2);
  return lines.map((line) => line.map(pad).join("")).join("\n");
}

/** Calls a second, over at least half a second. */
function rate(call: (round: number) => unknown): number {
  for (let round = 0; round < 3; round++) call(round);
  const begun = process.hrtime.bigint();
  let [calls, spent] = [0, 0];
  while (spent < 0.5) {
    call(calls++ * 7919);
    spent = Number(process.hrtime.bigint() - begun) / 1e9;
  }
  return calls / spent;
}

const empty = (tags: string): ArchiveQuery["keys"] =>
  Object.fromEntries(tags.split(" ").map((tag) => [tag, { vr: "LO" }]));
const studyKeys = empty(
  "00080005 00080020 00080030 00080050 00080056 00080061 00080090 00080201 00100010 00100020 00100030 00100040 0020000D 00200010 00201206 00201208",
);
const seriesKeys = empty("00080060 0008103E 0020000D 0020000E 00200011 00201209 00400244 00400245 00400275");

type Ask = (round: number) => ArchiveQuery;
const study = (round: number): number => round % studies;
const asks: [string, Ask][] = [
  ["study by UID", (n) => ({ level: "study", keys: { ...studyKeys, "0020000D": one("UI", studyUidOf(study(n))) } })],
  [
    "studies by Patient ID",
    (n) => ({ level: "study", keys: { ...studyKeys, "00100020": one("LO", `PAT${patientOf(study(n))}`) } }),
  ],
  [
    "study by Accession Number",
    (n) => ({ level: "study", keys: { ...studyKeys, "00080050": one("SH", `ACC${study(n)}`) } }),
  ],
  [
    "studies by name, whole",
    (n) => ({
      level: "study",
      keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: nameOf(patientOf(study(n))) }) },
      limit: 100,
    }),
  ],
  [
    "series of a study",
    (n) => ({ level: "series", keys: { ...seriesKeys, "0020000D": one("UI", studyUidOf(study(n))) } }),
  ],
  [
    "instances of a series",
    (n) => ({
      level: "instance",
      keys: {
        "00080018": { vr: "UI" },
        "00200013": { vr: "IS" },
        "0020000D": one("UI", studyUidOf(study(n))),
        "0020000E": one("UI", `${root}.2.${study(n)}.1`),
      },
    }),
  ],
  ["study list, first 100", () => ({ level: "study", keys: studyKeys, limit: 100 })],
  [
    "studies of one day, first 100",
    (n) => ({ level: "study", keys: { ...studyKeys, "00080020": one("DA", dateOf(n)) }, limit: 100 }),
  ],
  [
    "name MEIER1*, first 100",
    () => ({ level: "study", keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: "MEIER1*" }) }, limit: 100 }),
  ],
  [
    "name *eier1*, first 100",
    () => ({ level: "study", keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: "*eier1*" }) }, limit: 100 }),
  ],
  [
    "name *a*, first 100",
    () => ({ level: "study", keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: "*a*" }) }, limit: 100 }),
  ],
  [
    "name *none*",
    () => ({ level: "study", keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: "*none*" }) }, limit: 100 }),
  ],
  [
    "fuzzy `garcia`, first 100",
    () => ({
      level: "study",
      fuzzy: true,
      keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: "garcia" }) },
      limit: 100,
    }),
  ],
  [
    "modality RTPLAN in study",
    () => ({ level: "study", keys: { ...studyKeys, "00080061": one("CS", "RTPLAN") }, limit: 100 }),
  ],
  [
    "modality XX in study (none)",
    () => ({ level: "study", keys: { ...studyKeys, "00080061": one("CS", "XX") }, limit: 100 }),
  ],
  [
    "all series RTPLAN, first 100",
    () => ({ level: "series", keys: { ...seriesKeys, "00080060": one("CS", "RTPLAN") }, limit: 100 }),
  ],
  [
    "description *299 (scanned)",
    () => ({ level: "study", keys: { ...studyKeys, "00081030": one("LO", "*299") }, limit: 100 }),
  ],
];

function measure(reader: CatalogueReader, total: number): void {
  const at = Math.floor(total * 0.98);
  const rows = asks.map(([name, ask]) => {
    const present = rate((round) => reader.query(ask(round)));
    const past = rate((round) => reader.query({ ...ask(round), at }));
    return {
      query: name,
      "present /s": Math.round(present),
      "as of /s": Math.round(past),
      ratio: (present / past).toFixed(2),
    };
  });
  const uid = (round: number): string => `${root}.3.${study(round)}.1.1`;
  const resolve = (name: string, call: (round: number) => unknown) =>
    rows.push({ query: name, "present /s": Math.round(rate(call)), "as of /s": 0, ratio: "" });
  resolve("resolve one instance", (round) => reader.resolve({ sopInstanceUid: [uid(round)] }));
  resolve("resolve a study", (round) => reader.resolve({ studyUid: [studyUidOf(study(round))] }, { limit: 1_000 }));
  resolve("resolve everything, one page", () => reader.resolve({}, { limit: 1_000 }));
  resolve("statistics", () => reader.statistics());
  print(table(rows));
}

const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
try {
  const file = join(folder, "catalogue.sqlite");
  const { instances, seconds, processor } = ingest(file);
  const size = statSync(file).size;
  const resident = Math.round(process.memoryUsage().rss / 2 ** 20);
  print(`${studies} studies, ${instances} instances: ${Math.round(instances / seconds)}/s in groups of ${group}`);
  print(`${((processor / instances) * 1e6).toFixed(1)} µs of processor time an instance`);
  print(`${Math.round(size / instances)} bytes an instance, ${resident} MiB resident`);
  const reader = openCatalogueReader(file);
  measure(reader, instances);
  reader.close();
} finally {
  rmSync(folder, { recursive: true });
}
