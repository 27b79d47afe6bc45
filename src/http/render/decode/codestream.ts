import { HoldfastError } from "../../../core/index.ts";
import type { ImageDescription } from "../types.ts";

/** Size as a compressed frame itself states it. */
export interface CodestreamSize {
  rows: number;
  columns: number;
  samples: number;
  bits: number;
}

/**
 * Refuses a frame whose codestream states another size than the data set does, before a decoder reserves memory for it.
 * Throws `render/failed`.
 */
export function checkSize(size: CodestreamSize | undefined, image: ImageDescription): CodestreamSize {
  if (!size) throw new HoldfastError("render/failed", "The compressed frame has no header.");
  const fits = size.rows === image.rows && size.columns === image.columns && size.samples === image.samples;
  if (!fits || size.bits > image.bitsAllocated) {
    throw new HoldfastError("render/failed", "The compressed frame disagrees with the data set about its size.");
  }
  return size;
}

/** Start of frame of JPEG (ITU-T T.81 B.2.2) or JPEG-LS (T.87 C.2.2). */
export function jpegSize(bytes: Uint8Array): CodestreamSize | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 10 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (isFrameMarker(marker)) {
      return {
        bits: bytes[at + 4]!,
        rows: view.getUint16(at + 5),
        columns: view.getUint16(at + 7),
        samples: bytes[at + 9]!,
      };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function isFrameMarker(marker: number): boolean {
  if (marker === 0xf7) return true;
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** Image and tile size of JPEG 2000 (ITU-T T.800 A.5.1). More tiles than the standard allows are refused too. */
export function jpeg2000Size(bytes: Uint8Array): CodestreamSize | undefined {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).indexOf("ff4fff51", "hex");
  if (at < 0 || bytes.length < at + 44) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.byteLength - at);
  const columns = view.getUint32(8) - view.getUint32(16);
  const rows = view.getUint32(12) - view.getUint32(20);
  const tiles = Math.ceil(columns / view.getUint32(24)) * Math.ceil(rows / view.getUint32(28));
  if (!(tiles >= 1 && tiles <= 65_535)) return undefined;
  return { rows, columns, samples: view.getUint16(40), bits: (view.getUint8(42) & 0x7f) + 1 };
}
