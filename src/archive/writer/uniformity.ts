/**
 * How close bytes are to random: χ² of the byte histogram against the uniform one, 255 degrees of freedom. Encrypted
 * bytes lie near 255 (99.9 % between 190 and 335); images, text and even compressed bytes lie above. One window for each
 * slot of bytes, at an offset that a sender cannot know.
 */
const windowSize = 16 * 1024;
const smallestWindow = 4 * 1024;

export class Uniformity {
  #lowest = Number.POSITIVE_INFINITY;
  #highest = 0;
  readonly #histogram = new Uint32Array(256);
  readonly #random: () => number;

  /** `random`: numbers in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  sample(bytes: Uint8Array): void {
    const size = Math.min(windowSize, bytes.length);
    if (size < smallestWindow) return;
    const start = Math.floor(this.#random() * (bytes.length - size + 1));
    const value = chiSquare(bytes.subarray(start, start + size), this.#histogram);
    this.#lowest = Math.min(this.#lowest, value);
    this.#highest = Math.max(this.#highest, value);
  }

  /** Undefined when the object was too small for a window. */
  get range(): { lowest: number; highest: number } | undefined {
    return this.#highest === 0 ? undefined : { lowest: Math.round(this.#lowest), highest: Math.round(this.#highest) };
  }
}

function chiSquare(bytes: Uint8Array, histogram: Uint32Array): number {
  histogram.fill(0);
  for (let index = 0; index < bytes.length; index++) histogram[bytes[index]!]!++;
  const expected = bytes.length / 256;
  let sum = 0;
  for (let value = 0; value < 256; value++) sum += (histogram[value]! - expected) ** 2;
  return sum / expected;
}
