/** Which record each journal entry says is where, grouped by segment; about 64 bytes an object. */
export interface SegmentLedger {
  segment: number;
  /** Triples entry, offset, length. */
  places: Float64Array;
  /** 32 bytes for each place. */
  digests: Uint8Array;
}

export class Ledger {
  readonly #segments = new Map<number, Growing>();
  objects = 0;

  add(entry: number, location: { segment: number; offset: number; length: number }, digest: Uint8Array): void {
    let growing = this.#segments.get(location.segment);
    if (!growing) {
      growing = new Growing();
      this.#segments.set(location.segment, growing);
    }
    growing.add(entry, location.offset, location.length, digest);
    this.objects++;
  }

  segments(): SegmentLedger[] {
    return [...this.#segments]
      .map(([segment, growing]) => ({ segment, ...growing.trimmed() }))
      .sort((a, b) => a.segment - b.segment);
  }
}

class Growing {
  #count = 0;
  #places = new Float64Array(3 * 16);
  #digests = new Uint8Array(32 * 16);

  add(entry: number, offset: number, length: number, digest: Uint8Array): void {
    if (this.#count * 3 === this.#places.length) {
      const [places, digests] = [this.#places, this.#digests];
      this.#places = new Float64Array(places.length * 2);
      this.#places.set(places);
      this.#digests = new Uint8Array(digests.length * 2);
      this.#digests.set(digests);
    }
    this.#places.set([entry, offset, length], this.#count * 3);
    this.#digests.set(digest, this.#count * 32);
    this.#count++;
  }

  trimmed(): { places: Float64Array; digests: Uint8Array } {
    return { places: this.#places.slice(0, this.#count * 3), digests: this.#digests.slice(0, this.#count * 32) };
  }
}
