import { HoldfastError } from "../../../core/index.ts";
import type { Frame, ImageDescription } from "../types.ts";

/** The frame of an uncompressed image; `bytes` is exactly the frame, little endian. Throws `render/failed`. */
export function decodeNative(image: ImageDescription, bytes: Uint8Array): Frame {
  if (image.photometric === "YBR_FULL_422" && image.samples === 3) return upsampled(image, bytes);
  const count = image.rows * image.columns * image.samples;
  const pixels = typed(image, image.bitsAllocated === 1 ? unpacked(bytes, count) : bytes, count);
  return {
    rows: image.rows,
    columns: image.columns,
    samples: image.samples,
    pixels: image.planar && image.samples === 3 ? interleaved(pixels) : pixels,
    photometric: image.photometric,
  };
}

/** Views bytes as samples of the described width and sign. */
export function typed(image: ImageDescription, bytes: Uint8Array, count: number): Frame["pixels"] {
  const width = Math.max(1, image.bitsAllocated / 8);
  if (bytes.length < count * width) throw new HoldfastError("render/failed", "The frame is shorter than its size.");
  if (width === 1)
    return image.signed
      ? new Int8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, count)
      : bytes.subarray(0, count);
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const buffer = aligned.buffer as ArrayBuffer;
  const { byteOffset } = aligned;
  if (width === 2) return new (image.signed ? Int16Array : Uint16Array)(buffer, byteOffset, count);
  return new (image.signed ? Int32Array : Uint32Array)(buffer, byteOffset, count);
}

/** One byte a pixel from one bit a pixel, least significant first (PS3.5 8.1.1). */
function unpacked(bytes: Uint8Array, count: number): Uint8Array {
  if (bytes.length * 8 < count) throw new HoldfastError("render/failed", "The frame is shorter than its size.");
  return Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1);
}

/** Colour by plane to colour by pixel. */
export function interleaved<T extends Frame["pixels"]>(planes: T): T {
  const size = planes.length / 3;
  const pixels = planes.slice() as T;
  for (let i = 0, out = 0; i < size; i++) {
    pixels[out++] = planes[i]!;
    pixels[out++] = planes[i + size]!;
    pixels[out++] = planes[i + 2 * size]!;
  }
  return pixels;
}

/** YBR_FULL_422 stored uncompressed: two luminance values share one pair of colour values (PS3.3 C.7.6.3.1.2). */
function upsampled(image: ImageDescription, bytes: Uint8Array): Frame {
  const count = image.rows * image.columns;
  if (image.bitsAllocated !== 8 || bytes.length < count * 2) {
    throw new HoldfastError("render/failed", "The frame is shorter than its size.");
  }
  const pixels = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    const pair = (i >> 1) * 4;
    pixels[i * 3] = bytes[pair + (i & 1)]!;
    pixels[i * 3 + 1] = bytes[pair + 2]!;
    pixels[i * 3 + 2] = bytes[pair + 3]!;
  }
  return { rows: image.rows, columns: image.columns, samples: 3, pixels, photometric: "YBR_FULL" };
}
