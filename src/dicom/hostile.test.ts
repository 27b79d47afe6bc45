import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { readDataSet } from "./read.ts";
import type { ScanLimits } from "./scan-limits.ts";
import type { ScanResult } from "./scan-result.ts";
import { DataSetScanner } from "./scanner.ts";
import { deflatedLittleEndian, explicitLittleEndian, implicitLittleEndian } from "./uids/index.ts";

const undefinedLength = 0xffffffff;
const jpegBaseline = "1.2.840.10008.1.2.4.50";

/** An element, item or delimiter in implicit little endian, with the length it claims. */
function implicit(tag: number, length: number, value: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  header.writeUInt32LE(length, 4);
  return Buffer.concat([header, value]);
}

/** The same in explicit little endian, 32-bit length. */
function explicit(tag: number, vr: string, length: number, value: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = implicit(tag, 0);
  const rest = Buffer.alloc(4);
  header.write(vr, 4, "latin1");
  header.writeUInt16LE(0, 6);
  rest.writeUInt32LE(length, 0);
  return Buffer.concat([header, rest, value]);
}

const sequence = 0x00081140;
const item = 0xfffee000;
const itemEnd = implicit(0xfffee00d, 0);
const sequenceEnd = implicit(0xfffee0dd, 0);
const patientId = implicit(0x00100020, 4, Buffer.from("P1  "));

function scan(syntax: string, parts: Iterable<Uint8Array>, limits?: ScanLimits): ScanResult {
  const scanner = new DataSetScanner(syntax, limits);
  for (const part of parts) scanner.push(part);
  return scanner.end();
}

/** Refused with the same code whether read at once, scanned at once or byte by byte. */
function refused(bytes: Uint8Array, code: string, syntax = implicitLittleEndian): void {
  assert.throws(() => readDataSet(bytes, syntax), { code });
  assert.throws(() => scan(syntax, [bytes]), { code });
  assert.throws(
    () =>
      scan(
        syntax,
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
      ),
    { code },
  );
}

test("sequences nested without end are refused at the limit of depth", () => {
  const level = Buffer.concat([implicit(sequence, undefinedLength), implicit(item, undefinedLength)]);
  refused(Buffer.concat(Array.from({ length: 100_000 }, () => level)).subarray(0, 20_000), "object/depth");
  const allowed = [
    ...Array.from({ length: 32 }, () => level),
    ...Array.from({ length: 32 }, () => [itemEnd, sequenceEnd]).flat(),
  ];
  assert.equal(scan(implicitLittleEndian, allowed).header.size, 1);
});

test("no more elements are kept than the limit allows, and the rest is still checked", () => {
  const empty = Buffer.concat(Array.from({ length: 1000 }, (_, index) => implicit(0x00090010 + index, 0)));
  const many = Array.from({ length: 1000 }, () => empty);
  const { header, irregular, size } = scan(implicitLittleEndian, many, { maxElements: 500 });
  assert.equal(header.size, 500);
  assert.equal(size, 8_000_000);
  assert.ok(irregular.includes("elements/many"));
  assert.throws(() => scan(implicitLittleEndian, [...many, Buffer.alloc(4)]), { code: "object/truncated" });
});

test("items past the limit are not kept, and leave room for the elements after them", () => {
  const items = Array.from({ length: 1000 }, () => implicit(item, 0));
  const parts = [patientId, implicit(sequence, undefinedLength), ...items, sequenceEnd, implicit(0x300e0002, 2)];
  const { header, irregular } = scan(implicitLittleEndian, [...parts, Buffer.from("NO")], { maxElements: 100 });
  assert.equal(header.items(sequence).length, 73);
  assert.equal(header.string(0x300e0002), "NO");
  assert.deepEqual(irregular.toSorted(), ["elements/many", "order"]);
});

test("values in items leave room for those after them", () => {
  const nested = Buffer.concat(Array.from({ length: 100 }, (_, n) => implicit(0x00091000 + n, 100, Buffer.alloc(100))));
  const parts = [implicit(sequence, undefinedLength), implicit(item, nested.length), nested, sequenceEnd];
  const last = implicit(0x00100020, 100, Buffer.alloc(100, "A"));
  const { header } = scan(implicitLittleEndian, [...parts, last], { maxTotalSize: 1000 });
  assert.equal([...header.items(sequence)[0]!].filter(({ bytes }) => bytes).length, 7);
  assert.ok(header.string(0x00100020));
});

test("what is read whole is refused rather than left incomplete", () => {
  const many = Buffer.concat(Array.from({ length: 1000 }, (_, n) => implicit(0x00090010 + n, 0)));
  assert.throws(() => readDataSet(many, implicitLittleEndian, { maxElements: 999 }), { code: "object/too-large" });
  assert.equal(readDataSet(many, implicitLittleEndian, { maxElements: 1000 }).size, 1000);
});

test("no more value bytes are kept than the limits allow", () => {
  const value = Buffer.alloc(1000);
  const parts = Array.from({ length: 100 }, (_, index) => implicit(0x00091000 + index, 1000, value));
  const { header } = scan(implicitLittleEndian, parts, { maxTotalSize: 10_000 });
  assert.equal([...header].filter(({ bytes }) => bytes).length, 10);
  const left = header.get(0x00091000 + 10)!;
  assert.deepEqual(left.bulk, { offset: 10 * 1008 + 8, length: 1000 });
});

test("a length is not believed before its bytes have come", () => {
  const lie = implicit(0x00091010, 0xfffffff0, Buffer.alloc(100));
  const before = process.memoryUsage().arrayBuffers;
  refused(lie, "object/truncated");
  assert.ok(process.memoryUsage().arrayBuffers - before < 16 * 1024 * 1024);
});

test("a value in many parts is put together without copying it each time", () => {
  const value = Buffer.alloc(60_000, 7);
  const bytes = implicit(0x00091010, value.length, value);
  const { header } = scan(
    implicitLittleEndian,
    Array.from(bytes, (byte) => Uint8Array.of(byte)),
  );
  assert.deepEqual(Buffer.from(header.get(0x00091010)!.bytes!), value);
});

test("nothing passes the end of what surrounds it", () => {
  const inItem = (claimed: number, content: Buffer): Buffer => Buffer.concat([implicit(item, claimed), content]);
  const inSequence = (claimed: number, content: Buffer): Buffer =>
    Buffer.concat([implicit(sequence, claimed), content, patientId]);
  refused(inSequence(20, inItem(14, patientId)), "object/length"); // item past its sequence
  refused(inSequence(18, inItem(10, patientId)), "object/length"); // element past its item
  refused(inSequence(12, inItem(4, patientId)), "object/length"); // header past its item
  refused(inSequence(20, inItem(undefinedLength, Buffer.concat([patientId, patientId, itemEnd]))), "object/length"); // undefined in defined
  refused(inSequence(24, inItem(undefinedLength, Buffer.concat([patientId, itemEnd]))), "object/length");
  refused(inSequence(4, Buffer.alloc(0)), "object/length"); // no room for an item
});

test("delimiters are taken only where they belong", () => {
  refused(itemEnd, "object/element");
  refused(sequenceEnd, "object/element");
  refused(implicit(item, 0), "object/element");
  refused(Buffer.concat([implicit(sequence, undefinedLength), patientId]), "object/element");
  refused(Buffer.concat([implicit(sequence, undefinedLength), itemEnd]), "object/element");
  refused(Buffer.concat([implicit(sequence, 16), implicit(item, 8), itemEnd]), "object/element");
});

test("items and sequences without an end are truncated", () => {
  const begun = Buffer.concat([implicit(sequence, undefinedLength), implicit(item, undefinedLength), patientId]);
  refused(begun, "object/truncated");
  refused(Buffer.concat([begun, itemEnd]), "object/truncated");
  assert.equal(scan(implicitLittleEndian, [begun, itemEnd, sequenceEnd]).header.items(sequence).length, 1);
});

test("an undefined length is refused where none may be", () => {
  refused(implicit(0x00100020, undefinedLength), "object/length");
  refused(explicit(0x00420011, "OB", undefinedLength), "object/length", explicitLittleEndian);
  const nested = [explicit(0x7fe00010, "OB", undefinedLength), implicit(item, undefinedLength)];
  refused(Buffer.concat(nested), "object/length", jpegBaseline);
});

test("an unknown VR of undefined length is a sequence in implicit little endian", () => {
  const content = [implicit(item, undefinedLength), patientId, itemEnd, sequenceEnd];
  const { header } = scan(explicitLittleEndian, [explicit(0x00091010, "UN", undefinedLength), ...content]);
  assert.equal(header.items(0x00091010)[0]!.string(0x00100020), "P1");
});

test("what is no VR is refused, what may become one has the long form", () => {
  refused(explicit(0x00100020, "a!", 0), "object/element", explicitLittleEndian);
  const { header } = scan(explicitLittleEndian, [explicit(0x00100020, "ZZ", 2, Buffer.from("ab"))]);
  assert.equal(header.get(0x00100020)!.vr, "UN");
});

test("fragments past the limit are refused", () => {
  const parts = [explicit(0x7fe00010, "OB", undefinedLength), ...Array.from({ length: 101 }, () => implicit(item, 0))];
  assert.throws(() => scan(jpegBaseline, parts, { maxFragments: 100 }), { code: "object/too-large" });
});

test("a deflate bomb is refused before it fills the memory", () => {
  const bomb = deflateRawSync(Buffer.concat([explicit(0x00091010, "OB", 0xf0000000), Buffer.alloc(96 * 1024 * 1024)]), {
    level: 1,
  });
  assert.throws(() => scan(deflatedLittleEndian, [bomb]), { code: "object/too-large" });
  assert.throws(() => readDataSet(bomb, deflatedLittleEndian), { code: "object/too-large" });
});

test("what is no deflate stream is told from one that is cut", () => {
  refused(Buffer.from("ffffffffffffffff", "hex"), "object/transfer-syntax", deflatedLittleEndian);
});
