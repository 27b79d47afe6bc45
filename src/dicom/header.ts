/** Reads one element header (PS3.5 7.1) without trusting what follows. */

import { HoldfastError } from "../core/index.ts";
import { type Tag, type Vr, vrOf } from "./dictionary/index.ts";
import { hasLongLength, isVr } from "./vr.ts";

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

/**
 * The header at `at`; undefined when the bytes end within it.
 * @throws HoldfastError object/element when the VR field holds no VR.
 */
export function readHeader(bytes: Buffer, at: number, { explicit, littleEndian }: Encoding): ElementHeader | undefined {
  if (at + 8 > bytes.length) return undefined;
  const tag = littleEndian
    ? bytes.readUInt16LE(at) * 0x10000 + bytes.readUInt16LE(at + 2)
    : bytes.readUInt16BE(at) * 0x10000 + bytes.readUInt16BE(at + 2);
  if (!explicit || tag >= itemTag) {
    const length = littleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4);
    return { tag, vr: tag >= itemTag ? "UN" : vrOf(tag), length, size: 8 };
  }
  const vr = vrAt(bytes, at + 4);
  if (!hasLongLength(vr) && isVr(vr))
    return { tag, vr, length: littleEndian ? bytes.readUInt16LE(at + 6) : bytes.readUInt16BE(at + 6), size: 8 };
  if (at + 12 > bytes.length) return undefined;
  const length = littleEndian ? bytes.readUInt32LE(at + 8) : bytes.readUInt32BE(at + 8);
  return { tag, vr: isVr(vr) ? vr : "UN", length, size: 12 };
}

const knownVrs = new Map<number, string>();

/** VRs that the standard may yet define have the long form (PS3.5 6.2); anything but two capitals is no VR. */
function vrAt(bytes: Buffer, at: number): string {
  const code = bytes[at]! * 256 + bytes[at + 1]!;
  const known = knownVrs.get(code);
  if (known) return known;
  const vr = String.fromCharCode(bytes[at]!, bytes[at + 1]!);
  if (!/^[A-Z]{2}$/.test(vr)) throw new HoldfastError("object/element", "An element has no valid VR.");
  knownVrs.set(code, vr);
  return vr;
}
