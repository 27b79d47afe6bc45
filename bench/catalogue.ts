/**
 * The catalogue alone: entries in, queries out, the present against the past, and lists after a mass deletion. One core.
 * node bench/catalogue.ts [--studies N] [--random-uids] (default 20,000 studies of five series of two instances each)
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type CatalogueReader,
  indexedAttributes,
  type JournalEntry,
  openCatalogue,
  openCatalogueReader,
} from "../src/catalogue/index.ts";
import { explicitLittleEndian, fromDicomJson, readDataSet, writeDataSet } from "../src/dicom/index.ts";
import { asksOf, studyList } from "./catalogue/asks.ts";
import { event, MadeArchive, studiesPerPatient } from "./catalogue/objects.ts";

const { values: options } = parseArgs({
  options: {
    studies: { type: "string", default: "20000" },
    "random-uids": { type: "boolean", default: false },
  },
});
const archive = new MadeArchive(Number(options.studies), options["random-uids"]);
const group = 256;

/** `processor`: seconds of processor time, which other load on the machine does not change. */
function ingest(file: string): { instances: number; seconds: number; processor: number } {
  const writer = openCatalogue(file);
  let [instances, spent, processor] = [0, 0n, 0];
  let batch: JournalEntry[] = [];
  const flush = (): void => {
    const begun = process.hrtime.bigint();
    const usage = process.cpuUsage();
    for (const entry of batch) {
      const { object } = entry.record as Extract<JournalEntry["record"], { kind: "store" }>;
      writer.current(object.sopInstanceUid);
      writer.findData(object.digest, 0);
      writer.apply(entry);
    }
    writer.commit();
    spent += process.hrtime.bigint() - begun;
    const { user, system } = process.cpuUsage(usage);
    processor += (user + system) / 1e6;
    instances += batch.length;
    batch = [];
  };
  for (const entry of archive.entries()) if (batch.push(entry) === group) flush();
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

/** Microseconds to take the indexed attributes from a data set that was just read. */
function extraction(): { read: number; both: number } {
  const [entry] = archive.entries();
  const { object } = entry!.record as Extract<JournalEntry["record"], { kind: "store" }>;
  const bytes = writeDataSet(fromDicomJson(object.attributes), explicitLittleEndian);
  const read = 1e6 / rate(() => readDataSet(bytes, explicitLittleEndian));
  return { read, both: 1e6 / rate(() => indexedAttributes(readDataSet(bytes, explicitLittleEndian))) };
}

function measure(reader: CatalogueReader, total: number): void {
  const at = Math.floor(total * 0.98);
  const rows = asksOf(archive).map(([name, ask]) => {
    const present = rate((round) => reader.query(ask(round)));
    const past = rate((round) => reader.query({ ...ask(round), at }));
    return {
      query: name,
      "present /s": Math.round(present),
      "as of /s": Math.round(past),
      ratio: (present / past).toFixed(2),
    };
  });
  const uid = (round: number): string => archive.uid(3, round % archive.studies, 1, 1);
  const studyUid = (round: number): string => archive.uid(1, round % archive.studies);
  const resolve = (name: string, call: (round: number) => unknown) =>
    rows.push({ query: name, "present /s": Math.round(rate(call)), "as of /s": 0, ratio: "" });
  resolve("resolve one instance", (round) => reader.resolve({ sopInstanceUid: [uid(round)] }));
  resolve("resolve a study", (round) => reader.resolve({ studyUid: [studyUid(round)] }, { limit: 1_000 }));
  resolve("resolve everything, one page", () => reader.resolve({}, { limit: 1_000 }));
  resolve("statistics", () => reader.statistics());
  print(table(rows));
}

/** The study list when most of what is newest was deleted, and as of moments when little had come. */
function measureLists(file: string, reader: CatalogueReader, total: number): void {
  const list = (at?: number): number => Math.round(rate(() => reader.query(at ? { ...studyList, at } : studyList)));
  const before = { "as of half": list(total / 2), "as of 2 %": list(total / 50) };
  const writer = openCatalogue(file);
  let seq = total;
  for (let study = Math.floor(archive.studies / 10); study < archive.studies; study += studiesPerPatient) {
    const target = { level: "patient" as const, patientId: `PAT${Math.floor(study / studiesPerPatient)}` };
    writer.apply({ seq, time: ++seq, record: { kind: "delete", event, target } });
    if (seq % group === 0) writer.commit();
  }
  writer.commit();
  writer.close();
  print(table([{ "study list /s": "", ...before, "nine tenths deleted": list(), "as of before": list(total) }]));
}

const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
try {
  const file = join(folder, "catalogue.sqlite");
  const { instances, seconds, processor } = ingest(file);
  const resident = Math.round(process.memoryUsage().rss / 2 ** 20);
  const { read, both } = extraction();
  print(
    `${archive.studies} studies, ${instances} instances: ${Math.round(instances / seconds)}/s in groups of ${group}`,
  );
  print(`${((processor / instances) * 1e6).toFixed(1)} µs of processor time an instance`);
  print(`${Math.round(statSync(file).size / instances)} bytes an instance, ${resident} MiB resident`);
  print(`${both.toFixed(1)} µs to read a header and take its attributes, ${read.toFixed(1)} of them to read it`);
  const reader = openCatalogueReader(file);
  measure(reader, instances);
  measureLists(file, reader, instances);
  reader.close();
} finally {
  rmSync(folder, { recursive: true });
}
