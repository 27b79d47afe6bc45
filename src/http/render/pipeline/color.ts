import { HoldfastError } from "../../../core/index.ts";
import type { Frame, ImageDescription, LookupTable, Picture } from "../types.ts";
import { lookUp } from "./grayscale.ts";

/** RGB for the screen from RGB, YBR or palette colour (PS3.3 C.7.6.3.1.2). Throws `render/unsupported`. */
export function renderColor(image: ImageDescription, frame: Frame): Picture {
  const picture = { width: frame.columns, height: frame.rows, samples: 3 as const };
  if (frame.photometric === "PALETTE COLOR") return { ...picture, pixels: fromPalette(image, frame) };
  const pixels = toBytes(image, frame.pixels);
  switch (frame.photometric) {
    case "RGB":
      return { ...picture, pixels };
    case "YBR_FULL":
    case "YBR_FULL_422":
      return { ...picture, pixels: fromYbr(pixels) };
    default:
      throw new HoldfastError("render/unsupported", "No rendering of this photometric interpretation.");
  }
}

function fromPalette(image: ImageDescription, frame: Frame): Uint8Array {
  const { palette } = image;
  if (!palette) throw new HoldfastError("render/failed", "The colour palette is missing.");
  const out = new Uint8Array(frame.pixels.length * 3);
  const entry = (table: LookupTable, value: number) => {
    const found = lookUp(table, value);
    return table.bits > 8 ? found >> (table.bits - 8) : found;
  };
  for (let i = 0; i < frame.pixels.length; i++) {
    const value = frame.pixels[i]!;
    out[i * 3] = entry(palette.red, value);
    out[i * 3 + 1] = entry(palette.green, value);
    out[i * 3 + 2] = entry(palette.blue, value);
  }
  return out;
}

function toBytes(image: ImageDescription, pixels: Frame["pixels"]): Uint8Array {
  if (pixels.BYTES_PER_ELEMENT === 1) return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.length);
  const shift = image.bitsStored - 8;
  return Uint8Array.from(pixels, (value) => (shift > 0 ? value >> shift : value));
}

/** ITU-R BT.601 full range, as PS3.3 C.7.6.3.1.2 defines YBR_FULL. */
function fromYbr(ybr: Uint8Array): Uint8Array {
  const rgb = new Uint8ClampedArray(ybr.length);
  for (let i = 0; i + 2 < ybr.length; i += 3) {
    const y = ybr[i]!;
    const b = ybr[i + 1]! - 128;
    const r = ybr[i + 2]! - 128;
    rgb[i] = y + 1.402 * r;
    rgb[i + 1] = y - 0.344136 * b - 0.714136 * r;
    rgb[i + 2] = y + 1.772 * b;
  }
  return new Uint8Array(rgb.buffer);
}
