/** Elements whose values lie together in blocks of bytes. */
import type { Element } from "./data-set.ts";
import type { Tag, Vr } from "./dictionary/index.ts";

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
