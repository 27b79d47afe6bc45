/** Data sets that were saved without a Part 10 header, as old software did. */
import { HoldfastError } from "../core/index.ts";
import { vrOf } from "./dictionary/index.ts";
import { type Encoding, emptyHeader, readHeader, undefinedLength } from "./header.ts";
import { readMeta } from "./part10.ts";
import { explicitLittleEndian, implicitLittleEndian, transferSyntaxes } from "./uids/index.ts";
import { isVr } from "./vr.ts";

export interface Headerless {
  transferSyntaxUid: string;
  /** Where the data set begins: 0, or behind File Meta Information that lacks its preamble. */
  offset: number;
}

/** No value at the beginning of group 0008 is longer in practice, bytes. */
const longestFirst = 1024;
/** So many elements must be in order. */
const needed = 3;

/**
 * How to read a data set that stands at the beginning of a file without preamble; undefined when it is not plainly one.
 * With File Meta Information the transfer syntax is what that says; without, it is implicit or explicit little endian,
 * and the first elements must be of group 0008, in order, in the dictionary and of a credible length.
 */
export function guessHeaderless(bytes: Uint8Array): Headerless | undefined {
  const buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  if (buffer.length < 8) return undefined;
  if (buffer.readUInt16LE(0) === 2) return behindMeta(buffer);
  if (looksLike(buffer, { explicit: true, littleEndian: true }))
    return { transferSyntaxUid: explicitLittleEndian, offset: 0 };
  if (looksLike(buffer, { explicit: false, littleEndian: true }))
    return { transferSyntaxUid: implicitLittleEndian, offset: 0 };
  return undefined;
}

function behindMeta(buffer: Buffer): Headerless | undefined {
  try {
    const header = readMeta(buffer, 0);
    if (!header || !transferSyntaxes.has(header.transferSyntaxUid)) return undefined;
    return { transferSyntaxUid: header.transferSyntaxUid, offset: header.length };
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}

function looksLike(buffer: Buffer, encoding: Encoding): boolean {
  const header = emptyHeader();
  let last = -1;
  for (let at = 0, count = 0; count < needed; count++) {
    if (at + 8 > buffer.length || (encoding.explicit && !isVr(buffer.toString("latin1", at + 4, at + 6)))) return false;
    if (!readHeader(buffer, at, encoding, header)) return false;
    const { tag, length, size } = header;
    const known = tag >>> 16 === 8 && tag > last && vrOf(tag) !== "UN";
    if (!known || length === undefinedLength || length > longestFirst || length % 2 === 1) return false;
    last = tag;
    at += size + length;
  }
  return true;
}
