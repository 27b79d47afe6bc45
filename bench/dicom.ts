/**
 * Reading data sets: Holdfast's scanner and reader against `dicom-parser`, in one process, rounds interleaved. One core.
 * node bench/dicom.ts [--seconds N] (per figure, default 1)
 */
import { parseArgs } from "node:util";
import dicomParser from "dicom-parser";
import { rtSets, smallObjects } from "../sim/objects/index.ts";
import {
  DataSetScanner,
  deflatedLittleEndian,
  dicomJsonText,
  explicitLittleEndian,
  implicitLittleEndian,
  parseFileHeader,
  readDataSet,
  transferSyntaxes,
  writeDataSet,
} from "../src/dicom/index.ts";

const { values: options } = parseArgs({ options: { seconds: { type: "string", default: "1" } } });
const milliseconds = Number(options.seconds) * 1000;
const rounds = 10;
const chunkSize = 64 * 1024;

interface Sample {
  name: string;
  file: Buffer;
  dataSet: Buffer;
  transferSyntaxUid: string;
}

type Contender = [name: string, run: () => void];

function samples(): Sample[] {
  const [small] = smallObjects({ seed: 1, count: 1 });
  const set = [...rtSets({ seed: 1, patients: 1, slices: 40, fractions: 1 })];
  const named = (part: string): Uint8Array => set.find(({ name }) => name.includes(part))!.bytes;
  const explicit = [
    sample("small object", small!.bytes),
    sample("CT slice", named("ct-0020")),
    sample("structure set", named("structure-set")),
    sample("plan", named("plan")),
    sample("treatment record", named("record")),
  ];
  return [...explicit, converted(explicit[0]!, implicitLittleEndian), converted(explicit[0]!, deflatedLittleEndian)];
}

function sample(name: string, bytes: Uint8Array): Sample {
  const file = Buffer.from(bytes);
  const header = parseFileHeader(file)!;
  return { name, file, dataSet: file.subarray(header.length), transferSyntaxUid: header.transferSyntaxUid };
}

/** The same data set in another syntax; without a file, which `dicom-parser` would need. */
function converted({ name, dataSet }: Sample, transferSyntaxUid: string): Sample {
  const bytes = Buffer.from(writeDataSet(readDataSet(dataSet, explicitLittleEndian), transferSyntaxUid));
  const syntax = transferSyntaxes.get(transferSyntaxUid)!.name;
  return { name: `${name}, ${syntax}`, file: Buffer.alloc(0), dataSet: bytes, transferSyntaxUid };
}

function contenders({ file, dataSet, transferSyntaxUid }: Sample): Contender[] {
  const ours: Contender[] = [
    ["scanner, one chunk", () => scan(transferSyntaxUid, dataSet, dataSet.length)],
    ["scanner, 64 KiB", () => scan(transferSyntaxUid, dataSet, chunkSize)],
    ["reader", () => readDataSet(dataSet, transferSyntaxUid)],
    ["reader and JSON", () => dicomJsonText(readDataSet(dataSet, transferSyntaxUid), { inlineLimit: 1024 })],
  ];
  return file.length > 0 ? [...ours, ["dicom-parser", () => dicomParser.parseDicom(file)]] : ours;
}

function scan(transferSyntaxUid: string, dataSet: Buffer, size: number): void {
  const scanner = new DataSetScanner(transferSyntaxUid);
  for (let at = 0; at < dataSet.length; at += size) scanner.push(dataSet.subarray(at, at + size));
  scanner.end();
}

/** The best round of each, microseconds a data set: rounds take turns, so that a busy machine hurts all alike. */
function measure(list: Contender[]): number[] {
  const best = list.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round <= rounds; round++)
    for (const [index, [, run]] of list.entries()) {
      const took = timed(run, milliseconds / rounds);
      if (round > 0) best[index] = Math.min(best[index]!, took); // the first one warms up
    }
  return best;
}

function timed(run: () => void, budget: number): number {
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < budget; count++) run();
  return ((performance.now() - start) * 1000) / count;
}

for (const one of samples()) {
  const list = contenders(one);
  const figures = measure(list);
  const peer = list.length === 5 ? figures[4]! : undefined;
  const elements = readDataSet(one.dataSet, one.transferSyntaxUid).size;
  process.stdout.write(`\n${one.name}: ${one.dataSet.length} bytes, ${elements} elements at the top\n`);
  for (const [index, [name]] of list.entries()) {
    const us = figures[index]!;
    const ratio = peer && name !== "dicom-parser" ? `  ${(peer / us).toFixed(1)}x dicom-parser` : "";
    const speed = (one.dataSet.length / us).toFixed(0).padStart(8);
    process.stdout.write(`  ${name.padEnd(20)} ${us.toFixed(1).padStart(9)} us ${speed} MB/s${ratio}\n`);
  }
}
