/** One data element, its value as bytes, items, fragments or a place elsewhere. */
import type { DataSet } from "./data-set.ts";
import type { Tag, Vr } from "./dictionary/index.ts";

export interface Element {
  readonly tag: Tag;
  readonly vr: Vr;
  /** The value, little endian. */
  readonly bytes?: Uint8Array;
  /** Items of a sequence. */
  readonly items?: DataSet[];
  /** Encapsulated pixel data: the offset table item first, as in the stream. */
  readonly fragments?: Uint8Array[];
  /** The value was left out; where it is, as a byte range of the (inflated) data set. */
  readonly bulk?: { offset: number; length: number };
}

/** Bytes that hold the values of several elements, filled in once all of them are known. */
export interface Block {
  bytes: Buffer;
}

/** An element whose value lies in a block: its view is made when it is asked for, which most never are. */
export class BlockElement implements Element {
  readonly tag: Tag;
  readonly vr: Vr;
  readonly #block: Block;
  readonly #start: number;
  readonly #end: number;

  constructor(tag: Tag, vr: Vr, block: Block, start: number, end: number) {
    this.tag = tag;
    this.vr = vr;
    this.#block = block;
    this.#start = start;
    this.#end = end;
  }

  get bytes(): Uint8Array {
    return this.#block.bytes.subarray(this.#start, this.#end);
  }
}
