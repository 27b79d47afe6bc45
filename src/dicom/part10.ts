/** The DICOM file format (PS3.10 section 7): preamble, prefix and File Meta Information. */
import { HoldfastError } from "../core/index.ts";
import { DataSet } from "./data-set.ts";
import { emptyHeader, readHeader, undefinedLength } from "./header.ts";
import { readDataSet } from "./read.ts";
import { explicitLittleEndian, implementationClassUid, implementationVersionName } from "./uids/index.ts";
import { writeDataSet } from "./write.ts";

export type Preamble = "zero" | "tiff" | "executable" | "other";

export interface FileHeader {
  /** Bytes before the data set. */
  length: number;
  preamble: Preamble;
  meta: DataSet;
  transferSyntaxUid: string;
}

const prefixEnd = 132;
const maxMetaSize = 1024 * 1024;
const transferSyntaxTag = 0x00020010;
const encoding = { explicit: true, littleEndian: true };

/**
 * Reads the header of a Part 10 file; undefined while more bytes are needed. The group length is not trusted: group 2
 * ends where another group begins.
 * @throws HoldfastError object/not-dicom, object/transfer-syntax
 */
export function parseFileHeader(bytes: Uint8Array): FileHeader | undefined {
  const buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  if (buffer.length < prefixEnd) return undefined;
  if (buffer.toString("latin1", 128, prefixEnd) !== "DICM") throw new HoldfastError("object/not-dicom");
  const read = readMeta(buffer, prefixEnd);
  return read && { ...read, preamble: preambleOf(buffer) };
}

/** Reads File Meta Information from `start` on; undefined while more bytes are needed. */
export function readMeta(buffer: Buffer, start: number): Omit<FileHeader, "preamble"> | undefined {
  const end = metaEnd(buffer, start);
  if (end === undefined) return undefined;
  const meta = readDataSet(buffer.subarray(start, end), explicitLittleEndian);
  const transferSyntaxUid = meta.string(transferSyntaxTag);
  if (!transferSyntaxUid) throw new HoldfastError("object/transfer-syntax", "The file names none.");
  return { length: end, meta, transferSyntaxUid };
}

function metaEnd(buffer: Buffer, start: number): number | undefined {
  let at = start;
  const header = emptyHeader();
  for (;;) {
    if (at + 2 <= buffer.length && buffer.readUInt16LE(at) !== 2) return at;
    if (!readHeader(buffer, at, encoding, header)) return undefined;
    if (header.length === undefinedLength || at + header.length > maxMetaSize) throw new HoldfastError("object/length");
    at += header.size + header.length;
    if (at > buffer.length) return undefined;
  }
}

/** CVE-2019-11687: the preamble may make the file an executable as well. */
function preambleOf(buffer: Buffer): Preamble {
  const preamble = buffer.subarray(0, 128);
  if (preamble.every((byte) => byte === 0)) return "zero";
  const magic = preamble.readUInt32BE(0);
  if (magic >>> 16 === 0x4d5a || magic === 0x7f454c46 || machO.has(magic) || magic >>> 16 === 0x2321)
    return "executable";
  return magic === 0x49492a00 || magic === 0x4d4d002a || magic === 0x49492b00 || magic === 0x4d4d002b
    ? "tiff"
    : "other";
}

const machO = new Set([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe, 0xbebafeca]);

export interface FileHeaderFields {
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
  sourceAeTitle?: string;
}

/** A Part 10 header for a data set that came without one; the same fields always give the same bytes. */
export function makeFileHeader(fields: FileHeaderFields): Uint8Array {
  const meta = new DataSet()
    .set(0x00020001, "OB", Uint8Array.of(0, 1))
    .set(0x00020002, "UI", fields.sopClassUid)
    .set(0x00020003, "UI", fields.sopInstanceUid)
    .set(transferSyntaxTag, "UI", fields.transferSyntaxUid)
    .set(0x00020012, "UI", implementationClassUid)
    .set(0x00020013, "SH", implementationVersionName);
  if (fields.sourceAeTitle) meta.set(0x00020016, "AE", fields.sourceAeTitle);
  const body = writeDataSet(meta, explicitLittleEndian);
  const length = writeDataSet(new DataSet().set(0x00020000, "UL", body.length), explicitLittleEndian);
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), length, body]);
}
