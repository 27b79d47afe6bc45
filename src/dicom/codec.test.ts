import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { HoldfastError } from "../core/index.ts";
import { DataSet } from "./data-set.ts";
import { vrOf } from "./dictionary/index.ts";
import { readDataSet } from "./read.ts";
import { DataSetScanner } from "./scanner.ts";
import { anyDataSet, cut, fragments, plain } from "./testing/arbitraries.ts";
import { deflatedLittleEndian, explicitBigEndian, explicitLittleEndian, implicitLittleEndian } from "./uids/index.ts";
import { writeDataSet } from "./write.ts";

const seed = 2024;
const native = [implicitLittleEndian, explicitLittleEndian, explicitBigEndian, deflatedLittleEndian];
const jpegBaseline = "1.2.840.10008.1.2.4.50";

test(`what is written is read again, in every encoding (seed ${seed})`, () => {
  for (const syntax of native)
    fc.assert(
      fc.property(anyDataSet, (dataSet) => {
        assert.deepEqual(plain(readDataSet(writeDataSet(dataSet, syntax), syntax)), plain(dataSet));
      }),
      { seed },
    );
});

test(`encapsulated Pixel Data keeps its fragments (seed ${seed})`, () => {
  fc.assert(
    fc.property(anyDataSet, fragments, (dataSet, parts) => {
      dataSet.put({ tag: 0x7fe00010, vr: "OB", fragments: parts });
      const bytes = writeDataSet(dataSet, jpegBaseline);
      assert.deepEqual(plain(readDataSet(bytes, jpegBaseline)), plain(dataSet));
      const scanner = new DataSetScanner(jpegBaseline);
      scanner.push(bytes);
      const { pixelData } = scanner.end();
      const found = pixelData!.fragments!.map(({ offset, length }) => bytes.subarray(offset, offset + length));
      assert.deepEqual(found.map(hexOf), parts.map(hexOf));
      assert.equal(pixelData!.offset + pixelData!.length + 8, bytes.length);
    }),
    { seed },
  );
});

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function sharedCopy(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

test(`any chunking, overwritten afterwards, gives the same as reading at once (seed ${seed})`, () => {
  for (const syntax of native)
    fc.assert(
      fc.property(anyDataSet, fc.array(fc.nat(), { maxLength: 12 }), fc.boolean(), (dataSet, places, shared) => {
        const bytes = writeDataSet(dataSet, syntax);
        const scanner = new DataSetScanner(syntax);
        for (const part of cut(bytes, places)) {
          const chunk = shared ? sharedCopy(part) : Uint8Array.from(part);
          scanner.push(chunk);
          chunk.fill(0xee);
        }
        assert.deepEqual(plain(scanner.end().header), plain(dataSet));
      }),
      { seed },
    );
});

test(`byte by byte gives the same as reading at once (seed ${seed})`, () => {
  fc.assert(
    fc.property(anyDataSet, fc.constantFrom(...native), (dataSet, syntax) => {
      const scanner = new DataSetScanner(syntax);
      for (const byte of writeDataSet(dataSet, syntax)) scanner.push(Uint8Array.of(byte));
      assert.deepEqual(plain(scanner.end().header), plain(dataSet));
    }),
    { seed, numRuns: 30 },
  );
});

test(`cut short anywhere, a data set is refused or ends between two of its elements (seed ${seed})`, () => {
  for (const syntax of native)
    fc.assert(
      fc.property(anyDataSet, fc.nat(), (dataSet, place) => {
        const bytes = writeDataSet(dataSet, syntax);
        const length = place % (bytes.length + 1);
        try {
          const read = plain(readDataSet(bytes.subarray(0, length), syntax));
          if (syntax === deflatedLittleEndian) assert.ok(length >= bytes.length - 1); // the padding;
          assert.deepEqual(read, plain(dataSet).slice(0, read.length));
        } catch (error) {
          assert.ok(error instanceof HoldfastError && error.code === "object/truncated", String(error));
        }
      }),
      { seed },
    );
});

test("a deflate stream cut anywhere is truncated, whatever its blocks", () => {
  const dataSet = new DataSet().set(0x00100020, "LO", "P1").set(0x00104000, "LT", "lorem ipsum ".repeat(800));
  const bytes = writeDataSet(dataSet, explicitLittleEndian);
  const strategies = [
    { level: 0 },
    { level: 9 },
    { strategy: constants.Z_FIXED },
    { strategy: constants.Z_HUFFMAN_ONLY },
  ];
  for (const options of strategies) {
    const deflated = deflateRawSync(bytes, options);
    assert.equal(readDataSet(deflated, deflatedLittleEndian).size, 2);
    for (let length = 0; length < deflated.length; length += 1 + Math.floor(deflated.length / 500))
      assert.throws(() => readDataSet(deflated.subarray(0, length), deflatedLittleEndian), {
        code: "object/truncated",
      });
  }
});

test("bytes after the end of a deflate stream are noted and not kept", () => {
  const deflated = deflateRawSync(writeDataSet(new DataSet().set(0x00100020, "LO", "P1"), explicitLittleEndian));
  for (const [extra, irregular] of [
    [1, []],
    [40_000, ["deflate/trailing"]],
  ] as const) {
    const scanner = new DataSetScanner(deflatedLittleEndian);
    scanner.push(Buffer.concat([deflated, Buffer.alloc(extra, 7)]));
    assert.deepEqual(scanner.end().irregular, irregular);
  }
});

test("a sequence of 200,000 items is written and read", () => {
  const items = Array.from({ length: 200_000 }, () => new DataSet().set(0x00200013, "IS", "1"));
  const dataSet = new DataSet().set(0x30060039, "SQ", items);
  const read = readDataSet(writeDataSet(dataSet, explicitLittleEndian), explicitLittleEndian);
  assert.equal(read.items(0x30060039).length, 200_000);
});

test("a value too long for a 16-bit length travels as UN and keeps its bytes", () => {
  const dataSet = new DataSet().set(0x30060050, "DS", "1\\".repeat(40_000));
  const read = readDataSet(writeDataSet(dataSet, explicitLittleEndian), explicitLittleEndian).get(0x30060050)!;
  assert.equal(read.vr, "UN");
  assert.equal(read.bytes!.length, 80_000);
});

test("odd values are padded as their VR asks", () => {
  const dataSet = new DataSet()
    .put({ tag: 0x00080018, vr: "UI", bytes: Buffer.from("1.2.3") })
    .put({ tag: 0x00100020, vr: "LO", bytes: Buffer.from("ABC") });
  const bytes = Buffer.from(writeDataSet(dataSet, explicitLittleEndian)).toString("latin1");
  assert.ok(bytes.includes("1.2.3\0") && bytes.includes("ABC "));
});

test("values that were left out cannot be written", () => {
  const dataSet = new DataSet().put({ tag: 0x7fe00010, vr: "OW", bulk: { offset: 0, length: 4 } });
  assert.throws(() => writeDataSet(dataSet, explicitLittleEndian), { code: "object/element" });
  assert.throws(() => writeDataSet(new DataSet(), "1.2.3"), { code: "object/transfer-syntax" });
});

test("the last of equal tags counts, and order is restored", () => {
  const dataSet = new DataSet().set(0x00200013, "IS", "2").set(0x00100020, "LO", "A").set(0x00200013, "IS", "3");
  assert.deepEqual(
    [...dataSet].map(({ tag }) => tag),
    [0x00100020, 0x00200013],
  );
  assert.equal(dataSet.string(0x00200013), "3");
  dataSet.delete(0x00100020);
  assert.equal(dataSet.size, 1);
  assert.equal(dataSet.has(0x00100020), false);
});

test("items read their text in the character set around them", () => {
  const item = (parent: DataSet): DataSet => new DataSet(parent).set(0x00080100, "SH", "x").set(0x00080104, "LO", "Ж");
  const outer = new DataSet().set(0x00080005, "CS", "ISO_IR 144");
  outer.set(0x00081140, "SQ", [item(outer)]);
  const read = readDataSet(writeDataSet(outer, implicitLittleEndian), implicitLittleEndian);
  assert.equal(read.items(0x00081140)[0]!.string(0x00080104), "Ж");
  assert.equal(vrOf(0x00080104), "LO");
});
