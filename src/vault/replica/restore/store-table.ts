/** The stores of a whole journal in columns: some 36 bytes each. */
import type { EntryPlace } from "../../journal/reader.ts";

export class StoreTable {
  #length = 0;
  #patients = new Uint32Array(1024);
  /** Hashes of SOP Instance UIDs. */
  #instances = new Float64Array(1024);
  #files = new Float64Array(1024);
  #offsets = new Float64Array(1024);
  #sizes = new Uint32Array(1024);

  get length(): number {
    return this.#length;
  }

  /** `patient`: its index. */
  add(patient: number, sopInstanceUid: string, { file, at, length }: EntryPlace): void {
    if (this.#length === this.#sizes.length) this.#grow();
    const index = this.#length++;
    this.#patients[index] = patient;
    this.#instances[index] = hashOf(sopInstanceUid);
    this.#files[index] = file;
    this.#offsets[index] = at;
    this.#sizes[index] = length;
  }

  patientOf(index: number): number {
    return this.#patients[index]!;
  }

  /** Equal for equal UIDs, and hardly ever for others. */
  instanceOf(index: number): number {
    return this.#instances[index]!;
  }

  placeOf(index: number): EntryPlace {
    return { file: this.#files[index]!, at: this.#offsets[index]!, length: this.#sizes[index]! };
  }

  #grow(): void {
    const size = this.#length * 2;
    const larger = <T extends Uint32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#patients = larger(this.#patients, new Uint32Array(size));
    this.#instances = larger(this.#instances, new Float64Array(size));
    this.#files = larger(this.#files, new Float64Array(size));
    this.#offsets = larger(this.#offsets, new Float64Array(size));
    this.#sizes = larger(this.#sizes, new Uint32Array(size));
  }
}

/** 53 bits of two FNV-1a hashes with different beginnings. */
function hashOf(text: string): number {
  let [low, high] = [0x811c9dc5, 0x050c5d1f];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x01000193);
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
