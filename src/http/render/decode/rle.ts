import { HoldfastError } from "../../../core/index.ts";
import type { Frame, ImageDescription } from "../types.ts";
import { typed } from "./native.ts";

/** Decodes one RLE frame (PS3.5 annex G): a segment per byte of each sample, most significant first. */
export function decodeRle(image: ImageDescription, bytes: Uint8Array): Frame {
  const width = image.bitsAllocated / 8;
  const size = image.rows * image.columns;
  const segments = readSegments(bytes, image.samples * width);
  const out = new Uint8Array(size * image.samples * width);
  for (const [index, segment] of segments.entries()) {
    const sample = Math.floor(index / width);
    const byte = width - 1 - (index % width);
    unpack(segment, out, sample * width + byte, image.samples * width, size);
  }
  return {
    rows: image.rows,
    columns: image.columns,
    samples: image.samples,
    pixels: typed(image, out, size * image.samples),
    photometric: image.photometric,
  };
}

function readSegments(bytes: Uint8Array, expected: number): Uint8Array[] {
  if (bytes.length < 64) throw corrupt();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== expected) throw corrupt();
  return Array.from({ length: expected }, (_, i) => {
    const start = view.getUint32(4 + 4 * i, true);
    const end = i + 1 < expected ? view.getUint32(8 + 4 * i, true) : bytes.length;
    if (start < 64 || end < start || end > bytes.length) throw corrupt();
    return bytes.subarray(start, end);
  });
}

/** PackBits: writes `size` bytes to every `stride`-th place from `at` on. */
function unpack(segment: Uint8Array, out: Uint8Array, at: number, stride: number, size: number): void {
  let position = at;
  const limit = at + size * stride;
  for (let i = 0; i < segment.length && position < limit; ) {
    const control = segment[i++]!;
    if (control === 128) continue;
    const repeat = control > 128;
    const count = repeat ? 257 - control : control + 1;
    if (i + (repeat ? 1 : count) > segment.length || position + (count - 1) * stride >= limit) throw corrupt();
    for (let n = 0; n < count; n++, position += stride) out[position] = segment[repeat ? i : i + n]!;
    i += repeat ? 1 : count;
  }
  if (position < limit) throw corrupt();
}

function corrupt(): HoldfastError {
  return new HoldfastError("render/failed", "The RLE frame is malformed.");
}
