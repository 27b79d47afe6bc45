/** Inflates a deflated data set (PS3.5 A.5) as it arrives, within a limit. */
import { Inflate } from "fflate";
import { HoldfastError, passedThrough } from "../core/index.ts";

/** Whatever the stream's own size, it may expand to this, bytes. */
const expansionFloor = 64 * 1024 * 1024;
/** Handed on in steps of this size: larger ones let a bomb grow at once, smaller ones make the library copy for ever. */
const step = 16 * 1024;
/** The step after one that expanded more than so many times: what comes of it is at most a thousand times as much. */
const cautiousStep = 1024;
const suspicious = 20;

/** What the library knows but does not tell: `f` at the last block, `l` within one, `p` what is not inflated yet. */
interface Progress {
  s: { f?: number; l?: unknown; p?: number };
  p: Uint8Array;
}

export class Inflater {
  readonly #inflate: Inflate;
  readonly #maxExpansion: number;
  readonly #waiting = new Uint8Array(step);
  #filled = 0;
  #step = step;
  #received = 0;
  #produced = 0;
  #ended = false;
  #trailing = 0;

  /** Calls `onBytes` from within `push` and `end`; what it throws comes out there. */
  constructor(maxExpansion: number, onBytes: (bytes: Uint8Array) => void) {
    this.#maxExpansion = maxExpansion;
    this.#inflate = new Inflate((bytes) => {
      this.#produced += bytes.length;
      if (this.#produced > Math.max(expansionFloor, this.#received * this.#maxExpansion))
        throw new HoldfastError("object/too-large", "A deflated data set expands too far.");
      onBytes(bytes);
      passedThrough(bytes.length);
    });
  }

  /** Bytes after the end of the deflate stream; one is usual where the length would be odd. */
  get trailing(): number {
    return this.#trailing;
  }

  /** @throws HoldfastError object/transfer-syntax when this is no deflate stream. */
  push(chunk: Uint8Array): void {
    this.#received += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      if (this.#ended) {
        this.#trailing += chunk.length - at;
        return;
      }
      const part = chunk.subarray(at, at + this.#step - this.#filled);
      this.#waiting.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#step) this.#hand();
    }
  }

  /** @throws HoldfastError object/truncated when the deflate stream is not complete. */
  end(): void {
    if (!this.#ended) this.#hand();
    if (!this.#ended) throw new HoldfastError("object/truncated");
  }

  #hand(): void {
    const before = this.#produced;
    try {
      this.#inflate.push(this.#waiting.slice(0, this.#filled), false);
    } catch (error) {
      if (error instanceof HoldfastError) throw error;
      throw new HoldfastError("object/transfer-syntax", undefined, { cause: error });
    }
    this.#step = this.#produced - before > suspicious * this.#filled ? cautiousStep : step;
    this.#filled = 0;
    const { s, p } = this.#inflate as unknown as Progress;
    this.#ended = Boolean(s.f) && !s.l;
    if (this.#ended) this.#trailing = p.length - (s.p ? 1 : 0);
  }
}
