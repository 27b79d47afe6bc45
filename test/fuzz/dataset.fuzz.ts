/**
 * Damaged data sets and files against the codec: a result, or a refusal with a stable code, within bounds.
 * `npx node test/fuzz/dataset.fuzz.ts --seconds N --seed S`
 */
import { parseArgs } from "node:util";
import { rtSets, smallObjects } from "../../sim/objects/index.ts";
import { codeOf } from "../../src/core/index.ts";
import {
  type DataSet,
  DataSetScanner,
  fromDicomJson,
  guessHeaderless,
  parseFileHeader,
  readDataSet,
  toDicomJson,
  transferSyntaxes,
  writeDataSet,
} from "../../src/dicom/index.ts";
import { mutate } from "./dataset-mutations.ts";
import { Random } from "./random.ts";

export interface FuzzOptions {
  seed: number;
  /** Ends after so many rounds, or after `seconds`. */
  rounds?: number;
  seconds?: number;
}

export interface FuzzReport {
  rounds: number;
  /** How often each outcome was seen: `read` or the code of a refusal. */
  outcomes: Record<string, number>;
  /** The slowest round, ms. */
  slowest: number;
}

interface Subject {
  file: Buffer;
  dataSetOffset: number;
  transferSyntaxUid: string;
}

const syntaxes = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"];

export function fuzz({ seed, rounds = Number.POSITIVE_INFINITY, seconds }: FuzzOptions): FuzzReport {
  const random = new Random(seed);
  const subjects = makeSubjects(seed);
  const until = seconds === undefined ? Number.POSITIVE_INFINITY : process.uptime() + seconds;
  const report: FuzzReport = { rounds: 0, outcomes: {}, slowest: 0 };
  for (; report.rounds < rounds && process.uptime() < until; report.rounds++) {
    const start = process.uptime();
    const outcome = round(random.pick(subjects), random.fork());
    report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
    report.slowest = Math.max(report.slowest, (process.uptime() - start) * 1000);
  }
  return report;
}

/** Small radiotherapy objects in every native encoding, and one with fragments. */
function makeSubjects(seed: number): Subject[] {
  const made = [...rtSets({ seed, slices: 2, size: 16, fractions: 1 }), ...smallObjects({ seed, count: 1 })];
  return made.flatMap(({ bytes, dataSetOffset, transferSyntaxUid }) => {
    const dataSet = readDataSet(bytes.subarray(dataSetOffset), transferSyntaxUid);
    const header = bytes.subarray(0, dataSetOffset);
    const encapsulated = withFragments(readDataSet(bytes.subarray(dataSetOffset), transferSyntaxUid));
    return [
      ...syntaxes.map((syntax) => ({ body: writeDataSet(dataSet, syntax), syntax })),
      { body: writeDataSet(encapsulated, "1.2.840.10008.1.2.4.50"), syntax: "1.2.840.10008.1.2.4.50" },
    ].map(({ body, syntax }) => ({ file: Buffer.concat([header, body]), dataSetOffset, transferSyntaxUid: syntax }));
  });
}

function withFragments(dataSet: DataSet): DataSet {
  const fragments = [Buffer.alloc(0), Buffer.alloc(64, 1), Buffer.alloc(10, 2)];
  return dataSet.put({ tag: 0x7fe00010, vr: "OB", fragments });
}

/** @throws what is no refusal with an `object/*` code, and where two ways of reading disagree. */
function round({ file, dataSetOffset, transferSyntaxUid }: Subject, random: Random): string {
  const damaged = mutate(file, random);
  expected(() => parseFileHeader(damaged));
  expected(() => guessHeaderless(damaged));
  const body = mutate(file.subarray(dataSetOffset), random);
  const syntax = random.chance(0.9) ? transferSyntaxUid : random.pick([...transferSyntaxes.keys()]);
  const read = expected(() => readDataSet(body, syntax));
  const scanned = expected(() => scan(body, syntax, random));
  if (read.outcome !== scanned.outcome) throw new Error(`read gives ${read.outcome}, scanned ${scanned.outcome}`);
  if (read.value) use(read.value, syntax);
  return read.outcome;
}

function scan(body: Buffer, syntax: string, random: Random): DataSet {
  const scanner = new DataSetScanner(syntax);
  for (let at = 0; at < body.length; ) {
    const length = 1 + random.below(random.pick([2, 20, 2_000, 100_000]));
    scanner.push(body.subarray(at, at + length));
    at += length;
  }
  return scanner.end().header;
}

/** What could be read can be shown, written and read again. */
function use(dataSet: DataSet, syntax: string): void {
  const json = toDicomJson(dataSet);
  JSON.stringify(json);
  expected(() => fromDicomJson(json));
  const written = writeDataSet(dataSet, syntax);
  if (readDataSet(written, syntax).size !== dataSet.size) throw new Error("what was written reads differently");
}

function expected<T>(act: () => T): { outcome: string; value?: T } {
  try {
    return { outcome: "read", value: act() };
  } catch (error) {
    const outcome = codeOf(error);
    if (!outcome.startsWith("object/")) throw error;
    return { outcome };
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } } });
  const seed = Number(values.seed ?? process.pid);
  process.stdout.write(`seed ${seed}\n`);
  process.stdout.write(`${JSON.stringify(fuzz({ seed, seconds: Number(values.seconds ?? 10) }), undefined, 2)}\n`);
}
