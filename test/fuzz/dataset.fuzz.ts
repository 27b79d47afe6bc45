/**
 * Damaged data sets through reader, scanner, text, JSON and writer: each gives a result or a stable `object/*` code.
 * `npx node test/fuzz/dataset.fuzz.ts --seconds N --seed S`; one case again: `--seed S --round R`
 */
import { parseArgs } from "node:util";
import { deflateRawSync } from "node:zlib";
import { rtSets, smallObjects } from "../../sim/objects/index.ts";
import { codeOf } from "../../src/core/index.ts";
import {
  type DataSet,
  DataSetScanner,
  type DicomJson,
  deflatedLittleEndian,
  dicomJsonText,
  explicitBigEndian,
  explicitLittleEndian,
  fromDicomJson,
  guessHeaderless,
  implicitLittleEndian,
  makeFileHeader,
  parseFileHeader,
  readDataSet,
  type ScanResult,
  toDicomJson,
  transferSyntaxes,
  writeDataSet,
} from "../../src/dicom/index.ts";
import { mutate } from "./dataset-mutations.ts";
import { Random } from "./random.ts";

export interface DataSetFuzzOptions {
  seed: number;
  /** Ends after so many rounds, or after `seconds`. */
  rounds?: number;
  seconds?: number;
  firstRound?: number;
}

export interface DataSetFuzzReport {
  rounds: number;
  /** What came of the cases: `read`, or the code of the refusal. */
  outcomes: Record<string, number>;
  mutations: Record<string, number>;
  /** The slowest case, ms, and its round. */
  slowest: { milliseconds: number; round: number };
}

const syntaxes = [implicitLittleEndian, explicitLittleEndian, explicitBigEndian, deflatedLittleEndian];
const encapsulated = "1.2.840.10008.1.2.4.50";

const fileHeader = makeFileHeader({
  sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  sopInstanceUid: "2.25.1",
  transferSyntaxUid: explicitLittleEndian,
});

interface Sample {
  transferSyntaxUid: string;
  bytes: Buffer;
}

/** @throws Error naming seed and round at the first case that neither reads nor is refused as it should be. */
export function fuzzDataSets(options: DataSetFuzzOptions): DataSetFuzzReport {
  const { seed, rounds = Number.POSITIVE_INFINITY, firstRound = 0 } = options;
  const until = options.seconds === undefined ? Number.POSITIVE_INFINITY : process.uptime() + options.seconds;
  const corpus = samples();
  const report: DataSetFuzzReport = { rounds: 0, outcomes: {}, mutations: {}, slowest: { milliseconds: 0, round: 0 } };
  for (let round = firstRound; report.rounds < rounds && process.uptime() < until; round++) {
    const start = performance.now();
    try {
      count(report.outcomes, runCase(new Random(seed + Math.imul(round, 0x9e3779b1)), corpus, report));
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}: ${(error as Error).message}`, { cause: error });
    }
    const milliseconds = performance.now() - start;
    if (milliseconds > report.slowest.milliseconds) report.slowest = { milliseconds, round };
    report.rounds++;
  }
  return report;
}

/** Objects with everything in them, in every encoding. */
function samples(): Sample[] {
  const objects = [
    ...rtSets({ seed: 1, patients: 1, slices: 2, size: 16, fractions: 1 }),
    ...smallObjects({ seed: 1, count: 1 }),
  ];
  const dataSets = objects.map((one) => readDataSet(one.bytes.subarray(one.dataSetOffset), one.transferSyntaxUid));
  const native = dataSets.flatMap((dataSet) =>
    syntaxes.map((uid) => ({ transferSyntaxUid: uid, bytes: Buffer.from(writeDataSet(dataSet, uid)) })),
  );
  const fragments = [Buffer.alloc(8), Buffer.alloc(40, 1), Buffer.alloc(30, 2)];
  const image = readDataSet(writeDataSet(dataSets.at(-1)!, explicitLittleEndian), explicitLittleEndian);
  image.put({ tag: 0x7fe00010, vr: "OB", fragments });
  return [...native, { transferSyntaxUid: encapsulated, bytes: Buffer.from(writeDataSet(image, encapsulated)) }];
}

function runCase(random: Random, corpus: readonly Sample[], report: DataSetFuzzReport): string {
  const { bytes, transferSyntaxUid } = random.pick(corpus);
  const others = corpus.map((one) => one.bytes);
  tryAsFile(mutate(Buffer.concat([fileHeader, bytes.subarray(0, 2000)]), random, others));
  const damaged = mutate(bytes, random, others, (name) => count(report.mutations, name));
  const inside = transferSyntaxUid === explicitLittleEndian && random.chance(0.2);
  if (inside) return judge(deflateRawSync(damaged), deflatedLittleEndian, random);
  const syntax = random.chance(0.1) ? random.pick([...transferSyntaxes.keys()]) : transferSyntaxUid;
  return judge(damaged, syntax, random);
}

function tryAsFile(bytes: Buffer): void {
  outcome(() => parseFileHeader(bytes));
  outcome(() => guessHeaderless(bytes.subarray(132)));
}

function judge(bytes: Buffer, syntax: string, random: Random): string {
  const read = outcome(() => readDataSet(bytes, syntax));
  const scanned = outcome(() => scan(bytes, syntax, random));
  same(read, scanned);
  if (typeof read === "string") return read;
  use(read, syntax);
  return "read";
}

/** What it gives, or the code of its refusal; anything else is thrown. */
function outcome<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    const code = codeOf(error);
    if (!code.startsWith("object/")) throw error;
    return code;
  }
}

/** In random chunks, each gone once it is pushed. */
function scan(bytes: Buffer, transferSyntaxUid: string, random: Random): ScanResult {
  const scanner = new DataSetScanner(transferSyntaxUid);
  const largest = random.pick([1, 10, 100, 1000, 100_000]);
  for (let at = 0; at < bytes.length; ) {
    const chunk = Buffer.from(bytes.subarray(at, at + 1 + random.below(largest)));
    scanner.push(chunk);
    at += chunk.length;
    chunk.fill(0xff);
  }
  return scanner.end();
}

function same(read: DataSet | string, scanned: ScanResult | string): void {
  if (typeof read === "string" || typeof scanned === "string") {
    if (read !== scanned) throw new Error(`read at once: ${text(read)}, in chunks: ${text(scanned)}`);
    return;
  }
  const tags = (dataSet: DataSet): string => [...dataSet].map(({ tag }) => tag.toString(16)).join();
  if (tags(read) !== tags(scanned.header)) throw new Error("read at once and in chunks the elements differ");
}

const text = (result: object | string): string => (typeof result === "string" ? result : "a data set");

/** Everything that is done with a data set that could be read. */
function use(dataSet: DataSet, transferSyntaxUid: string): void {
  const json = jsonOf(dataSet);
  if (JSON.stringify(JSON.parse(dicomJsonText(dataSet, jsonOptions))) !== json)
    throw new Error("the JSON text differs from the JSON model");
  fromDicomJson(JSON.parse(json) as DicomJson);
  numbersOf(dataSet);
  const written = outcome(() => writeDataSet(dataSet, transferSyntaxUid));
  if (typeof written === "string") throw new Error(`what was read cannot be written: ${written}`);
  const again = jsonOf(readDataSet(written, transferSyntaxUid));
  if (again !== json) throw new Error("what was read, written and read again differs");
}

/** Odd binary values come back padded, so they are left to the other properties. */
const jsonOptions = { inlineLimit: 0 };

function jsonOf(dataSet: DataSet): string {
  return JSON.stringify(toDicomJson(dataSet, jsonOptions));
}

function numbersOf(dataSet: DataSet): void {
  for (const { tag, items } of dataSet) {
    dataSet.numbers(tag);
    for (const item of items ?? []) numbersOf(item);
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { seconds: { type: "string" }, seed: { type: "string" }, round: { type: "string" } },
  });
  const seed = Number(values.seed ?? process.pid);
  process.stdout.write(`seed ${seed}\n`);
  const only = values.round === undefined ? { seconds: Number(values.seconds ?? 10) } : { rounds: 1 };
  const report = fuzzDataSets({ seed, firstRound: Number(values.round ?? 0), ...only });
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
}
