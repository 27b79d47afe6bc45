/** Reproducible randomness: a label always opens the same independent sequence (sfc32 seeded by FNV-1a). */
export class Dice {
  readonly #label: string;
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(label: string) {
    this.#label = label;
    this.#a = fnv(label, 0x811c9dc5);
    this.#b = fnv(label, 0x9e3779b9);
    this.#c = fnv(label, 0x85ebca6b);
    for (let i = 0; i < 12; i++) this.whole32();
  }

  /** A sequence of its own: drawing from it does not move this one. */
  fork(label: string | number): Dice {
    return new Dice(`${this.#label}/${label}`);
  }

  whole32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum >>> 0;
  }

  /** 0 ≤ x < 1. */
  next(): number {
    return this.whole32() / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** A whole number, both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.next() * values.length)]!;
  }

  /** Up to `count` different ones, in random order. */
  sample<T>(values: readonly T[], count: number): T[] {
    const rest = [...values];
    const taken = Math.min(count, rest.length);
    for (let i = 0; i < taken; i++) {
      const j = this.integer(i, rest.length - 1);
      [rest[i], rest[j]] = [rest[j]!, rest[i]!];
    }
    return rest.slice(0, taken);
  }

  normal(mean = 0, deviation = 1): number {
    return mean + deviation * Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** Heavy-tailed for a large sigma. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(this.normal(0, sigma));
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  poisson(mean: number): number {
    if (mean > 60) return Math.max(0, Math.round(this.normal(mean, Math.sqrt(mean))));
    let count = 0;
    for (let product = this.next(); product > Math.exp(-mean); product *= this.next()) count++;
    return count;
  }

  /** @param digits hexadecimal digits */
  hex(digits: number): string {
    let text = "";
    while (text.length < digits) text += this.whole32().toString(16).padStart(8, "0");
    return text.slice(0, digits);
  }
}

/** 256 bits in hexadecimal that follow from the label; stands for a digest, is none. */
export function digestOf(label: string): string {
  let text = "";
  let state = fnv(label, 0x811c9dc5);
  for (let i = 0; i < 8; i++) {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    text += ((mixed ^ (mixed >>> 15)) >>> 0).toString(16).padStart(8, "0");
  }
  return text;
}

function fnv(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) ^ (hash >>> 12);
}
