import { HoldfastError } from "../../core/index.ts";

/** How elements are coded (PS3.5 7.1). */
export interface Coding {
  explicit: boolean;
  littleEndian: boolean;
}

/** The first Pixel Data element of the top level. */
export interface Located {
  tag: number;
  vr: string;
  /** Where the element begins, and its value. */
  element: number;
  offset: number;
  /** Absent when undefined (encapsulated). */
  length?: number;
}

const undefinedLength = 0xffffffff;
const item = 0xfffee000;
const itemEnd = 0xfffee00d;
const sequenceEnd = 0xfffee0dd;
const pixelDataTags = new Set([0x7fe00008, 0x7fe00009, 0x7fe00010]);
const longForm = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);

interface ElementHeader {
  tag: number;
  vr: string;
  value: number;
  length: number;
}

/**
 * Finds the Pixel Data of a data set whose beginning comes piece by piece, by stepping over everything before it.
 * The objects are stored ones, so their structure has been checked.
 */
export class PixelDataLocator {
  readonly #coding: Coding;
  readonly #maxDepth = 64;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  found: Located | undefined;

  constructor(coding: Coding) {
    this.#coding = coding;
  }

  /** Takes the data set's beginning, longer at each call; true when Pixel Data was found or all was seen. */
  look(bytes: Buffer, complete: boolean): boolean {
    this.#bytes = bytes;
    while (this.#at < bytes.length) {
      const header = this.#header(this.#at, this.#coding);
      if (!header) return complete;
      if (pixelDataTags.has(header.tag)) {
        this.found = located(header, this.#at);
        return true;
      }
      const next = this.#end(header, this.#coding, 0);
      if (next < 0 || next > bytes.length) return complete;
      this.#at = next;
    }
    return complete;
  }

  /** Where the element's value ends; -1 when that lies beyond the bytes. */
  #end(header: ElementHeader, coding: Coding, depth: number): number {
    if (header.length !== undefinedLength) return header.value + header.length;
    // PS3.5 6.2.2 note 6: the items of an unknown element of undefined length are coded implicit little endian.
    return this.#sequenceEnd(
      header.value,
      header.vr === "UN" ? { explicit: false, littleEndian: true } : coding,
      depth,
    );
  }

  #sequenceEnd(start: number, coding: Coding, depth: number): number {
    if (depth > this.#maxDepth) throw new HoldfastError("object/depth");
    for (let at = start; ; ) {
      if (at + 8 > this.#bytes.length) return -1;
      const tag = this.#tag(at, coding);
      const length = this.#uint32(at + 4, coding);
      at += 8;
      if (tag === sequenceEnd) return at;
      if (tag !== item) throw new HoldfastError("object/element");
      if (length !== undefinedLength) at += length;
      else at = this.#itemEnd(at, coding, depth);
      if (at < 0) return -1;
    }
  }

  #itemEnd(start: number, coding: Coding, depth: number): number {
    for (let at = start; ; ) {
      const header = this.#header(at, coding);
      if (!header) return -1;
      if (header.tag === itemEnd) return header.value;
      at = this.#end(header, coding, depth + 1);
      if (at < 0 || at > this.#bytes.length) return -1;
    }
  }

  #header(at: number, coding: Coding): ElementHeader | undefined {
    if (at + 8 > this.#bytes.length) return undefined;
    const tag = this.#tag(at, coding);
    if (!coding.explicit || tag >>> 16 === 0xfffe) {
      return { tag, vr: "UN", value: at + 8, length: this.#uint32(at + 4, coding) };
    }
    const vr = this.#bytes.toString("latin1", at + 4, at + 6);
    if (!longForm.has(vr)) return { tag, vr, value: at + 8, length: this.#uint16(at + 6, coding) };
    if (at + 12 > this.#bytes.length) return undefined;
    return { tag, vr, value: at + 12, length: this.#uint32(at + 8, coding) };
  }

  #tag(at: number, coding: Coding): number {
    return this.#uint16(at, coding) * 0x10000 + this.#uint16(at + 2, coding);
  }

  #uint16(at: number, { littleEndian }: Coding): number {
    return littleEndian ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  #uint32(at: number, { littleEndian }: Coding): number {
    return littleEndian ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }
}

function located(header: ElementHeader, element: number): Located {
  const found = { tag: header.tag, vr: header.vr === "UN" ? "OW" : header.vr, element, offset: header.value };
  return header.length === undefinedLength ? found : { ...found, length: header.length };
}
