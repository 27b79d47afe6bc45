/** Reads one element header (PS3.5 7.1) without trusting what follows. */

import { HoldfastError } from "../core/index.ts";
import { type Tag, type Vr, vrOf } from "./dictionary/index.ts";
import { allVrs, hasLongLength } from "./vr.ts";

export const undefinedLength = 0xffffffff;
export const itemTag = 0xfffee000;
export const itemEnd = 0xfffee00d;
export const sequenceEnd = 0xfffee0dd;

export interface Encoding {
  explicit: boolean;
  littleEndian: boolean;
}

export interface ElementHeader {
  tag: Tag;
  vr: Vr;
  length: number;
  /** Bytes of the header itself: 8 or 12. */
  size: number;
}

export const emptyHeader = (): ElementHeader => ({ tag: 0, vr: "UN", length: 0, size: 0 });

/**
 * Reads the header at `at` into `header`; false when the bytes end within it.
 * @throws HoldfastError object/element when the VR field holds no VR.
 */
export function readHeader(bytes: Buffer, at: number, encoding: Encoding, header: ElementHeader): boolean {
  if (at + 8 > bytes.length) return false;
  const { explicit, littleEndian } = encoding;
  const tag = littleEndian ? u16(bytes, at) * 0x10000 + u16(bytes, at + 2) : bytes.readUInt32BE(at);
  header.tag = tag;
  if (!explicit || tag >= itemTag) {
    header.vr = tag >= itemTag ? "UN" : vrOf(tag);
    header.length = u32(bytes, at + 4, littleEndian);
    header.size = 8;
    return true;
  }
  const form = formAt(bytes, at + 4);
  header.vr = form.vr;
  if (!form.long) {
    header.length = littleEndian ? u16(bytes, at + 6) : bytes.readUInt16BE(at + 6);
    header.size = 8;
    return true;
  }
  if (at + 12 > bytes.length) return false;
  header.length = u32(bytes, at + 8, littleEndian);
  header.size = 12;
  return true;
}

const u16 = (bytes: Buffer, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);
const u32 = (bytes: Buffer, at: number, littleEndian: boolean): number =>
  littleEndian ? u16(bytes, at) + u16(bytes, at + 2) * 0x10000 : bytes.readUInt32BE(at);

interface Form {
  vr: Vr;
  long: boolean;
}

/** By first and second letter. VRs that the standard may yet define have the long form (PS3.5 6.2). */
const forms: Form[] = Array.from({ length: 26 * 26 }, () => ({ vr: "UN", long: true }));
for (const vr of allVrs) forms[(vr.charCodeAt(0) - 65) * 26 + vr.charCodeAt(1) - 65] = { vr, long: hasLongLength(vr) };

function formAt(bytes: Buffer, at: number): Form {
  const [first, second] = [bytes[at]! - 65, bytes[at + 1]! - 65];
  if (first < 0 || first > 25 || second < 0 || second > 25)
    throw new HoldfastError("object/element", "An element has no valid VR.");
  return forms[first * 26 + second]!;
}
