/**
 * Keys are kept as 64-bit hashes (two unsigned 32-bit lanes), never as text: memory stays bounded whatever a stranger
 * sends as a name, and no identity lies about in a snapshot. Two multiplicative lanes over the bytes, then the
 * finaliser of MurmurHash3. Not cryptographic: pass a secret seed where an adversary may choose names.
 */
export interface Hash64 {
  high: number;
  low: number;
}

/** Writes the hash of `bytes[start, end)` into `out`. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number, out: Hash64): void {
  let a = seed | 0;
  let b = ~seed;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x5bd1e995);
    b ^= b >>> 15;
  }
  out.high = finalise(a ^ (end - start));
  out.low = finalise(b);
}

/** Writes the hash of the UTF-16 code units of `text` into `out`. */
export function hashText(text: string, seed: number, out: Hash64): void {
  let a = seed | 0;
  let b = ~seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
    b ^= b >>> 15;
  }
  out.high = finalise(a ^ text.length);
  out.low = finalise(b);
}

/** Order matters: (a, b) and (b, a) differ. */
export function combine(first: Hash64, second: Hash64, out: Hash64): void {
  out.high = finalise(Math.imul(first.high, 0x9e3779b1) ^ second.low);
  out.low = finalise(Math.imul(first.low, 0x85ebca77) ^ second.high);
}

function finalise(x: number): number {
  let h = x ^ (x >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
