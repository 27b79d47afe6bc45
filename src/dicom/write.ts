/** Encodes a data set (PS3.5 7). Sequences and items get defined lengths; fragments an undefined one, as they must. */
import { deflateRawSync } from "node:zlib";
import { HoldfastError } from "../core/index.ts";
import type { DataSet, Element } from "./data-set.ts";
import type { Tag, Vr } from "./dictionary/index.ts";
import { type Encoding, itemTag, sequenceEnd, undefinedLength } from "./header.ts";
import { transferSyntaxes } from "./uids/index.ts";
import { hasLongLength, paddingOf, swapped, wordSize } from "./vr.ts";

/** @throws HoldfastError object/transfer-syntax; object/element when a value was left out of the data set. */
export function writeDataSet(dataSet: DataSet, transferSyntaxUid: string): Uint8Array {
  const syntax = transferSyntaxes.get(transferSyntaxUid);
  if (!syntax) throw new HoldfastError("object/transfer-syntax");
  const bytes = new Writer(syntax).write(dataSet);
  return syntax.deflated ? padded(deflateRawSync(bytes)) : bytes;
}

/** Measures first, so that lengths can stand before what they measure and one buffer takes everything. */
class Writer {
  readonly #encoding: Encoding;
  /** Lengths of sequences and items in the order in which they are written. */
  readonly #lengths: number[] = [];
  #nextLength = 0;
  #bytes = Buffer.alloc(0);
  #at = 0;

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  write(dataSet: DataSet): Buffer {
    this.#bytes = Buffer.allocUnsafeSlow(this.#measure(dataSet));
    this.#elements(dataSet);
    return this.#bytes;
  }

  #measure(dataSet: DataSet): number {
    let size = 0;
    for (const element of dataSet) size += this.#measureElement(element);
    return size;
  }

  #measureElement({ tag, vr, bytes, items, fragments }: Element): number {
    if (fragments)
      return fragments.reduce((sum, part) => sum + 8 + even(part.length), this.#headerSize(tag, vr, 0) + 8);
    if (!items) {
      if (!bytes) throw new HoldfastError("object/element", "A value that was left out cannot be written.");
      const length = even(bytes.length);
      return this.#headerSize(tag, vr, length) + length;
    }
    const length = this.#measured(() =>
      items.reduce((sum, item) => sum + 8 + this.#measured(() => this.#measure(item)), 0),
    );
    return this.#headerSize(tag, vr, length) + length;
  }

  /** Notes a length in the place where it will be written. */
  #measured(measure: () => number): number {
    const at = this.#lengths.push(0) - 1;
    const length = measure();
    this.#lengths[at] = length;
    return length;
  }

  #headerSize(tag: Tag, vr: Vr, length: number): number {
    return this.#encoding.explicit && tag < itemTag && hasLongLength(sentVr(vr, length)) ? 12 : 8;
  }

  #elements(dataSet: DataSet): void {
    for (const element of dataSet) this.#element(element);
  }

  #element(element: Element): void {
    const { tag, vr, items, fragments } = element;
    if (fragments) {
      this.#fragments(tag, vr, fragments);
    } else if (items) {
      this.#header(tag, "SQ", this.#lengths[this.#nextLength++]!);
      for (const item of items) {
        this.#header(itemTag, "UN", this.#lengths[this.#nextLength++]!);
        this.#elements(item);
      }
    } else {
      const { bytes } = element;
      this.#header(tag, vr, even(bytes!.length));
      this.#value(this.#encoding.littleEndian ? bytes! : swapped(bytes!, wordSize(vr)), paddingOf(vr));
    }
  }

  #fragments(tag: Tag, vr: Vr, fragments: Uint8Array[]): void {
    this.#header(tag, vr, undefinedLength);
    for (const fragment of fragments) {
      this.#header(itemTag, "UN", even(fragment.length));
      this.#value(fragment, 0);
    }
    this.#header(sequenceEnd, "UN", 0);
  }

  #value(bytes: Uint8Array, padding: number): void {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    if (bytes.length % 2 === 1) this.#bytes[this.#at++] = padding;
  }

  #header(tag: Tag, vr: Vr, length: number): void {
    this.#u16(tag >>> 16);
    this.#u16(tag & 0xffff);
    if (!this.#encoding.explicit || tag >= itemTag) {
      this.#u32(length);
      return;
    }
    const sent = sentVr(vr, length);
    this.#bytes[this.#at++] = sent.charCodeAt(0);
    this.#bytes[this.#at++] = sent.charCodeAt(1);
    if (!hasLongLength(sent)) {
      this.#u16(length);
      return;
    }
    this.#u16(0);
    this.#u32(length);
  }

  #u16(value: number): void {
    const { littleEndian } = this.#encoding;
    this.#bytes[this.#at++] = littleEndian ? value : value >>> 8;
    this.#bytes[this.#at++] = littleEndian ? value >>> 8 : value;
  }

  #u32(value: number): void {
    const { littleEndian } = this.#encoding;
    this.#u16(littleEndian ? value & 0xffff : value >>> 16);
    this.#u16(littleEndian ? value >>> 16 : value & 0xffff);
  }
}

/** A value too long for its VR's 16-bit length travels as UN (PS3.5 6.2.2). */
const sentVr = (vr: Vr, length: number): Vr => (length > 0xffff && !hasLongLength(vr) ? "UN" : vr);

const even = (length: number): number => length + (length % 2);

function padded(bytes: Uint8Array): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
}
