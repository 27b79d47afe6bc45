/** Takes the values of a scanned data set out of the chunks that they arrive in. */
import { type Block, BlockElement } from "./block-element.ts";
import type { Element } from "./data-set.ts";
import type { ElementHeader } from "./header.ts";
import { swapped, wordSize } from "./vr.ts";

const empty = Buffer.alloc(0);
/** A stated length is believed no further than this before its bytes have come. */
const believed = 64 * 1024;

export class Values {
  /** Values may alias the pushed bytes. */
  readonly #alias: boolean;
  /** The block of values that lie in the present chunk, from `#from` to `#to` of it. */
  #block: Block | undefined;
  #from = 0;
  #to = 0;
  /** A value that spans chunks. */
  #gathered = empty;
  #filled = 0;

  constructor(alias: boolean) {
    this.#alias = alias;
  }

  /** The element of a value that lies whole in the chunk, at `at`. */
  element({ tag, vr, length }: ElementHeader, littleEndian: boolean, chunk: Buffer, at: number): Element {
    const size = littleEndian ? 1 : wordSize(vr);
    if (size > 1) return { tag, vr, bytes: swapped(chunk.subarray(at, at + length), size) };
    if (!this.#block) {
      this.#block = { bytes: empty };
      this.#from = this.#alias ? 0 : at;
    }
    this.#to = at + length;
    return new BlockElement(tag, vr, this.#block, at - this.#from, this.#to - this.#from);
  }

  /** The bytes of a value that lies whole in the chunk, at `at`. */
  bytes(length: number, chunk: Buffer, at: number): Buffer {
    const bytes = chunk.subarray(at, at + length);
    return this.#alias ? bytes : Buffer.from(bytes);
  }

  /** Fills the blocks of elements made from this chunk; to be called before it goes, and before a value is left out. */
  settle(chunk: Buffer): void {
    if (!this.#block) return;
    this.#block.bytes = this.#alias ? chunk : Buffer.from(chunk.subarray(this.#from, this.#to));
    this.#block = undefined;
  }

  /** Adds a part of a value of `length` bytes that spans chunks. */
  gather(part: Buffer, length: number): void {
    const needed = this.#filled + part.length;
    if (needed > this.#gathered.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(length, Math.max(needed, this.#filled * 2, Math.min(length, believed))),
      );
      this.#gathered.copy(grown, 0, 0, this.#filled);
      this.#gathered = grown;
    }
    part.copy(this.#gathered, this.#filled);
    this.#filled = needed;
  }

  /** The value gathered; the next one starts afresh. */
  gatheredBytes(): Buffer {
    const bytes = this.#gathered.subarray(0, this.#filled);
    this.#gathered = empty;
    this.#filled = 0;
    return bytes;
  }
}
