/** Encodes a data set (PS3.5 7). Sequences and items get defined lengths; fragments an undefined one, as they must. */
import { deflateRawSync } from "node:zlib";
import { HoldfastError } from "../core/index.ts";
import type { DataSet, Element } from "./data-set.ts";
import type { Tag, Vr } from "./dictionary/index.ts";
import { type Encoding, itemTag, sequenceEnd, undefinedLength } from "./header.ts";
import { transferSyntaxes } from "./uids/index.ts";
import { hasLongLength, swapped, wordSize } from "./vr.ts";

/** @throws HoldfastError object/transfer-syntax; object/element when a value was left out of the data set. */
export function writeDataSet(dataSet: DataSet, transferSyntaxUid: string): Uint8Array {
  const syntax = transferSyntaxes.get(transferSyntaxUid);
  if (!syntax) throw new HoldfastError("object/transfer-syntax");
  const parts: Uint8Array[] = [];
  writeElements(dataSet, syntax, parts);
  const bytes = Buffer.concat(parts);
  return syntax.deflated ? padded(deflateRawSync(bytes)) : bytes;
}

function writeElements(dataSet: DataSet, encoding: Encoding, parts: Uint8Array[]): number {
  let size = 0;
  for (const element of dataSet) size += writeElement(element, encoding, parts);
  return size;
}

function writeElement(element: Element, encoding: Encoding, parts: Uint8Array[]): number {
  if (element.fragments) return writeFragments(element, element.fragments, encoding, parts);
  const body: Uint8Array[] = [];
  const length = element.items ? writeItems(element.items, encoding, body) : writeValue(element, encoding, body);
  const header = headerOf(element.tag, element.vr, length, encoding);
  parts.push(header, ...body);
  return header.length + length;
}

function writeItems(items: DataSet[], encoding: Encoding, parts: Uint8Array[]): number {
  let size = 0;
  for (const item of items) {
    const body: Uint8Array[] = [];
    const length = writeElements(item, encoding, body);
    parts.push(headerOf(itemTag, "UN", length, encoding));
    for (const part of body) parts.push(part);
    size += length + 8;
  }
  return size;
}

function writeFragments(element: Element, fragments: Uint8Array[], encoding: Encoding, parts: Uint8Array[]): number {
  const header = headerOf(element.tag, element.vr, undefinedLength, encoding);
  parts.push(header);
  let size = header.length + 8;
  for (const fragment of fragments) {
    const even = padded(fragment);
    parts.push(headerOf(itemTag, "UN", even.length, encoding), even);
    size += even.length + 8;
  }
  parts.push(headerOf(sequenceEnd, "UN", 0, encoding));
  return size;
}

function writeValue(element: Element, encoding: Encoding, parts: Uint8Array[]): number {
  if (!element.bytes) throw new HoldfastError("object/element", "A value that was left out cannot be written.");
  const bytes = encoding.littleEndian ? element.bytes : swapped(element.bytes, wordSize(element.vr));
  const even = padded(bytes);
  parts.push(even);
  return even.length;
}

function headerOf(tag: Tag, vr: Vr, length: number, { explicit, littleEndian }: Encoding): Uint8Array {
  const stated = explicit && tag < itemTag;
  // A value too long for its VR's 16-bit length travels as UN (PS3.5 6.2.2).
  const sent: Vr = stated && !hasLongLength(vr) && length > 0xffff ? "UN" : vr;
  const long = stated && hasLongLength(sent);
  const bytes = Buffer.alloc(long ? 12 : 8);
  const u16 = (value: number, at: number): unknown =>
    littleEndian ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
  const u32 = (value: number, at: number): unknown =>
    littleEndian ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  u16(tag >>> 16, 0);
  u16(tag & 0xffff, 2);
  if (stated) bytes.write(sent, 4, "latin1");
  if (long) u32(length, 8);
  else if (stated) u16(length, 6);
  else u32(length, 4);
  return bytes;
}

function padded(bytes: Uint8Array): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  return even;
}
