import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { inflateRawSync } from "node:zlib";
import dicomParser from "dicom-parser";
import { rtSets, smallObjects } from "../../sim/objects/index.ts";
import { needSamples, samplePath } from "../../test/support/need.ts";
import type { DataSet } from "./data-set.ts";
import { guessHeaderless } from "./headerless.ts";
import { makeFileHeader, parseFileHeader } from "./part10.ts";
import { readDataSet } from "./read.ts";
import { DataSetScanner } from "./scanner.ts";
import {
  deflatedLittleEndian,
  explicitBigEndian,
  explicitLittleEndian,
  implicitLittleEndian,
  transferSyntaxes,
} from "./uids/index.ts";
import { writeDataSet } from "./write.ts";

/** What both readers must agree on. */
interface Seen {
  tag: string;
  length?: number;
  hex?: string;
  fragments?: number[];
  items?: Seen[][];
}

const comparedBytes = 64;
/** Before an item's end, dicom-parser takes any empty value of an implicit encoding for an empty sequence. */
const nothing = (swapped: boolean): Partial<Seen> => ({ length: 0, ...(!swapped && { hex: "" }) });

function ours(dataSet: DataSet, swapped: boolean): Seen[] {
  return [...dataSet].map(({ tag, bytes, items, fragments }) => ({
    tag: `x${tag.toString(16).padStart(8, "0")}`,
    ...(bytes && { length: bytes.length, ...(!swapped && { hex: hexOf(bytes) }) }),
    ...(fragments && { fragments: fragments.slice(1).map(({ length }) => length) }),
    ...(items && (items.length > 0 ? { items: items.map((item) => ours(item, swapped)) } : nothing(swapped))),
  }));
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, comparedBytes)).toString("hex");

function theirs(dataSet: dicomParser.DataSet, swapped: boolean): Seen[] {
  const elements = Object.values(dataSet.elements).filter(
    ({ tag }) => !tag.startsWith("x0002") && !tag.startsWith("xfffe"),
  );
  return elements
    .sort((a, b) => (a.tag < b.tag ? -1 : 1))
    .map(({ tag, items, fragments, length, dataOffset }) => {
      if (fragments) return { tag, fragments: fragments.map((fragment) => fragment.length) };
      if (items?.length === 0) return { tag, ...nothing(swapped) };
      if (items) return { tag, items: items.map((item) => theirs(item.dataSet!, swapped)) };
      const bytes = dataSet.byteArray.subarray(dataOffset, dataOffset + length);
      return { tag, length, ...(!swapped && { hex: hexOf(bytes) }) };
    });
}

/** dicom-parser cannot know sequences in an implicit encoding, so it is told; ours gives the values of the dictionary. */
function compare(file: Uint8Array, name: string): void {
  const { length, transferSyntaxUid } = parseFileHeader(file)!;
  const { littleEndian, explicit } = transferSyntaxes.get(transferSyntaxUid)!;
  const dataSet = readDataSet(file.subarray(length), transferSyntaxUid);
  const sequences = new Set<string>();
  if (!explicit) sequenceTags(dataSet, sequences);
  const parsed = dicomParser.parseDicom(Uint8Array.from(file), {
    vrCallback: (tag: string) => (sequences.has(tag) ? "SQ" : undefined),
    inflater: (bytes: Uint8Array, position: number) => inflateRawSync(bytes.subarray(position)),
  } as Parameters<typeof dicomParser.parseDicom>[1]);
  assert.deepEqual(ours(dataSet, !littleEndian), theirs(parsed, !littleEndian), name);
}

function sequenceTags(dataSet: DataSet, found: Set<string>): void {
  for (const { tag, items } of dataSet) {
    if (!items) continue;
    found.add(`x${tag.toString(16).padStart(8, "0")}`);
    for (const item of items) sequenceTags(item, found);
  }
}

function fileIn(transferSyntaxUid: string, dataSet: DataSet): Buffer {
  const [sopClassUid, sopInstanceUid] = [dataSet.string(0x00080016)!, dataSet.string(0x00080018)!];
  const header = makeFileHeader({ sopClassUid, sopInstanceUid, transferSyntaxUid });
  return Buffer.concat([header, writeDataSet(dataSet, transferSyntaxUid)]);
}

test("dicom-parser sees the same in generated objects, in every encoding", () => {
  const made = [...rtSets({ seed: 5, slices: 3, size: 16, fractions: 2 }), ...smallObjects({ seed: 5, count: 2 })];
  for (const { name, bytes, dataSetOffset, transferSyntaxUid } of made) {
    const dataSet = readDataSet(bytes.subarray(dataSetOffset), transferSyntaxUid);
    for (const syntax of [implicitLittleEndian, explicitLittleEndian, explicitBigEndian, deflatedLittleEndian])
      compare(fileIn(syntax, dataSet), `${name} in ${syntax}`);
    dataSet.put({ tag: 0x7fe00010, vr: "OB", fragments: [Buffer.alloc(4), Buffer.alloc(100), Buffer.alloc(6)] });
    compare(fileIn("1.2.840.10008.1.2.4.50", dataSet), `${name} with fragments`);
  }
});

const samples = needSamples("dicom/pydicom-CT_small.dcm");
/** Cut on purpose; refused as such. */
const truncated = "pydicom-rtplan_truncated.dcm";

function sampleFiles(): { name: string; file: Buffer }[] {
  const folder = samplePath("dicom");
  const names = readdirSync(folder).filter((name) => name.endsWith(".dcm") && name !== truncated);
  return names.map((name) => {
    const file = readFileSync(`${folder}/${name}`);
    const bare = guessHeaderless(file);
    return { name, file: bare ? fileIn(bare.transferSyntaxUid, readDataSet(file, bare.transferSyntaxUid)) : file };
  });
}

test("dicom-parser sees the same in real files", { skip: samples }, () => {
  for (const { name, file } of sampleFiles()) compare(file, name);
});

test("real files are written back to the same elements", { skip: samples }, () => {
  for (const { name, file } of sampleFiles()) {
    const { length, transferSyntaxUid } = parseFileHeader(file)!;
    const dataSet = readDataSet(file.subarray(length), transferSyntaxUid);
    const again = readDataSet(writeDataSet(dataSet, transferSyntaxUid), transferSyntaxUid);
    assert.deepEqual(ours(again, false), ours(dataSet, false), name);
  }
});

test("a scan of real files finds Pixel Data where it is and nothing unusual", { skip: samples }, () => {
  for (const { name, file } of sampleFiles()) {
    const { length, transferSyntaxUid } = parseFileHeader(file)!;
    const scanner = new DataSetScanner(transferSyntaxUid);
    for (let at = length; at < file.length; at += 4096)
      scanner.push(file.subarray(at, Math.min(file.length, at + 4096)));
    const { pixelData, header, irregular } = scanner.end();
    assert.equal(pixelData !== undefined, header.has(0x00280010), name);
    assert.deepEqual(irregular, [], name);
  }
});

test("a file cut short is refused", { skip: needSamples(`dicom/${truncated}`) }, () => {
  const file = readFileSync(samplePath(`dicom/${truncated}`));
  const { length, transferSyntaxUid } = parseFileHeader(file)!;
  assert.throws(() => readDataSet(file.subarray(length), transferSyntaxUid), { code: "object/truncated" });
});
