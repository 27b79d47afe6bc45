import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { needSamples, samplePath } from "../../test/support/need.ts";
import { DataSet } from "./data-set.ts";
import { guessHeaderless } from "./headerless.ts";
import { makeFileHeader, parseFileHeader } from "./part10.ts";
import { readDataSet } from "./read.ts";
import { explicitBigEndian, explicitLittleEndian, implicitLittleEndian } from "./uids/index.ts";
import { writeDataSet } from "./write.ts";

const fields = {
  sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  sopInstanceUid: "1.2.3",
  transferSyntaxUid: explicitLittleEndian,
  sourceAeTitle: "SCANNER",
};
const dataSet = new DataSet()
  .set(0x00080005, "CS", "ISO_IR 100")
  .set(0x00080016, "UI", fields.sopClassUid)
  .set(0x00080018, "UI", fields.sopInstanceUid)
  .set(0x00100020, "LO", "P1");
const body = writeDataSet(dataSet, explicitLittleEndian);
const header = Buffer.from(makeFileHeader(fields));
const file = Buffer.concat([header, body]);
const groupLength = 12;

test("a header that was made is read again", () => {
  const read = parseFileHeader(file)!;
  assert.equal(read.length, header.length);
  assert.equal(read.preamble, "zero");
  assert.equal(read.transferSyntaxUid, explicitLittleEndian);
  assert.equal(read.meta.string(0x00020002), fields.sopClassUid);
  assert.equal(read.meta.string(0x00020003), fields.sopInstanceUid);
  assert.equal(read.meta.string(0x00020016), "SCANNER");
  assert.equal(read.meta.number(0x00020000), header.length - 132 - groupLength);
});

test("a header asks for more bytes until the data set begins", () => {
  for (let length = 0; length < header.length + 2; length++)
    assert.equal(parseFileHeader(file.subarray(0, length)), undefined, String(length));
  assert.equal(parseFileHeader(file.subarray(0, header.length + 2))!.length, header.length);
});

test("the stated group length is not believed", () => {
  for (const lie of [0, 1, 60, 0xffff, 0xffffffff]) {
    const lying = Buffer.from(file);
    lying.writeUInt32LE(lie, 132 + 8);
    assert.equal(parseFileHeader(lying)!.length, header.length);
  }
});

test("a header without group length is read", () => {
  const without = Buffer.concat([file.subarray(0, 132), file.subarray(132 + groupLength)]);
  const read = parseFileHeader(without)!;
  assert.equal(read.length, header.length - groupLength);
  assert.equal(read.meta.has(0x00020000), false);
});

test("preambles are told apart", () => {
  const preambles = {
    zero: [""],
    tiff: ["49492a00", "4d4d002a", "49492b00", "4d4d002b"],
    executable: ["4d5a9000", "7f454c46", "feedface", "cffaedfe", "cafebabe", "2321"],
    other: ["01", "00000001", "25504446"],
  };
  for (const [expected, starts] of Object.entries(preambles))
    for (const start of starts) {
      const marked = Buffer.from(file);
      Buffer.from(start, "hex").copy(marked);
      assert.equal(parseFileHeader(marked)!.preamble, expected, start);
    }
});

test("what is no Part 10 file is refused", () => {
  assert.throws(() => parseFileHeader(Buffer.alloc(200)), { code: "object/not-dicom" });
  assert.throws(() => parseFileHeader(Buffer.concat([Buffer.alloc(128), Buffer.from("dicm"), Buffer.alloc(80)])), {
    code: "object/not-dicom",
  });
});

test("a header without transfer syntax, or larger than any, is refused", () => {
  const meta = writeDataSet(new DataSet().set(0x00020002, "UI", "1.2"), explicitLittleEndian);
  const unnamed = Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), meta, body]);
  assert.throws(() => parseFileHeader(unnamed), { code: "object/transfer-syntax" });
  const large = writeDataSet(new DataSet().set(0x00020102, "OB", Buffer.alloc(2 ** 21)), explicitLittleEndian);
  const flooding = Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), large.subarray(0, 100)]);
  assert.throws(() => parseFileHeader(flooding), { code: "object/length" });
});

test("a data set without any header is recognised in both little endian encodings", () => {
  for (const transferSyntaxUid of [implicitLittleEndian, explicitLittleEndian])
    assert.deepEqual(guessHeaderless(writeDataSet(dataSet, transferSyntaxUid)), { transferSyntaxUid, offset: 0 });
});

test("File Meta Information without its preamble is recognised", () => {
  const found = guessHeaderless(file.subarray(132))!;
  assert.deepEqual(found, { transferSyntaxUid: explicitLittleEndian, offset: header.length - 132 });
  assert.equal(readDataSet(file.subarray(132 + found.offset), found.transferSyntaxUid).size, dataSet.size);
});

test("nothing else is taken for a data set", () => {
  const others: Uint8Array[] = [
    Buffer.alloc(0),
    Buffer.alloc(4096),
    Buffer.from("just a text about DICOM, long enough to be looked at"),
    writeDataSet(dataSet, explicitBigEndian),
    file,
    body.subarray(0, 20),
    Buffer.from("0200000004000000", "hex"),
    writeDataSet(
      new DataSet().set(0x00100020, "LO", "P1").set(0x00100030, "DA", "").set(0x00100040, "CS", ""),
      implicitLittleEndian,
    ),
  ];
  for (const bytes of others) assert.equal(guessHeaderless(bytes), undefined);
});

const sample = "dicom/pydicom-rtstruct.dcm";
test("a structure set saved without header is recognised", { skip: needSamples(sample) }, () => {
  const bytes = readFileSync(samplePath(sample));
  assert.throws(() => parseFileHeader(bytes), { code: "object/not-dicom" });
  const { transferSyntaxUid, offset } = guessHeaderless(bytes)!;
  assert.equal(transferSyntaxUid, implicitLittleEndian);
  assert.equal(readDataSet(bytes.subarray(offset), transferSyntaxUid).string(0x00080060), "RTSTRUCT");
});
