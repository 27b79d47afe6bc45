/** Inflates a deflated data set (PS3.5 A.5) as it arrives, within a limit. */
import { Inflate } from "fflate";
import { HoldfastError } from "../core/index.ts";

/** Whatever the stream's own size, it may expand to this, bytes. */
const expansionFloor = 64 * 1024 * 1024;
/** Small steps keep small what a bomb makes of one. */
const step = 16 * 1024;

export class Inflater {
  readonly #inflate: Inflate;
  readonly #maxExpansion: number;
  #received = 0;
  #produced = 0;

  /** Calls `onBytes` from within `push` and `end`; what it throws comes out there. */
  constructor(maxExpansion: number, onBytes: (bytes: Uint8Array) => void) {
    this.#maxExpansion = maxExpansion;
    this.#inflate = new Inflate((bytes) => {
      this.#produced += bytes.length;
      if (this.#produced > Math.max(expansionFloor, this.#received * this.#maxExpansion))
        throw new HoldfastError("object/too-large", "A deflated data set expands too far.");
      onBytes(bytes);
    });
  }

  /** @throws HoldfastError object/transfer-syntax when this is no deflate stream. */
  push(chunk: Uint8Array): void {
    this.#received += chunk.length;
    for (let at = 0; at < chunk.length; at += step) this.#push(chunk.subarray(at, at + step), false);
  }

  /** @throws HoldfastError object/truncated when the deflate stream is not complete. */
  end(): void {
    this.#push(new Uint8Array(), true);
  }

  #push(part: Uint8Array, final: boolean): void {
    try {
      this.#inflate.push(part, final);
    } catch (error) {
      if (error instanceof HoldfastError) throw error;
      throw new HoldfastError(final ? "object/truncated" : "object/transfer-syntax", undefined, { cause: error });
    }
  }
}
