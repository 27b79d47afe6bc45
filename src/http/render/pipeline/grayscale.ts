import type { Frame, ImageDescription, LookupTable, Picture, Window } from "../types.ts";

/**
 * Grey values for the screen (PS3.4 N.2): stored value → modality LUT → VOI LUT → presentation.
 * The window asked for comes first, then the object's own, then its VOI LUT, then the range of the values.
 */
export function renderGrayscale(image: ImageDescription, frame: Frame, asked: Window | undefined): Picture {
  const stored = storedValue(image);
  const modality = modalityOf(image);
  const voi = voiOf(image, frame, asked, (raw) => modality(stored(raw)));
  const inverse = image.photometric === "MONOCHROME1";
  const display = (raw: number) => {
    const grey = voi(modality(stored(raw)));
    return inverse ? 255 - grey : grey;
  };
  return { width: frame.columns, height: frame.rows, samples: 1, pixels: mapped(frame.pixels, display) };
}

/** Applies `display` to each pixel, by way of a table when the samples are short. */
function mapped(pixels: Frame["pixels"], display: (raw: number) => number): Uint8Array {
  const out = new Uint8Array(pixels.length);
  if (pixels.BYTES_PER_ELEMENT > 2) {
    for (let i = 0; i < pixels.length; i++) out[i] = display(pixels[i]!);
    return out;
  }
  const mask = pixels.BYTES_PER_ELEMENT === 1 ? 0xff : 0xffff;
  const table = new Int16Array(mask + 1).fill(-1);
  for (let i = 0; i < pixels.length; i++) {
    const raw = pixels[i]!;
    let grey = table[raw & mask]!;
    if (grey < 0) {
      grey = display(raw);
      table[raw & mask] = grey;
    }
    out[i] = grey;
  }
  return out;
}

/** Bits above Bits Stored are not part of the value (PS3.5 8.1.1): they are masked, or hold the sign. */
function storedValue(image: ImageDescription): (raw: number) => number {
  const spare = 32 - image.bitsStored;
  if (spare <= 0) return (raw) => raw;
  return image.signed ? (raw) => (raw << spare) >> spare : (raw) => (raw << spare) >>> spare;
}

function modalityOf(image: ImageDescription): (value: number) => number {
  const table = image.modalityLut;
  if (table) return (value) => lookUp(table, value);
  const { slope, intercept } = image;
  return (value) => value * slope + intercept;
}

function voiOf(
  image: ImageDescription,
  frame: Frame,
  asked: Window | undefined,
  value: (raw: number) => number,
): (value: number) => number {
  const window = asked ?? image.window;
  if (window) return windowed(window);
  const table = image.voiLut;
  if (table) {
    const top = 2 ** table.bits - 1;
    return (input) => Math.round((lookUp(table, input) * 255) / top);
  }
  const { low, high } = extremes(frame.pixels, value);
  const span = high - low || 1;
  return (input) => Math.round(((input - low) * 255) / span);
}

function extremes(pixels: Frame["pixels"], value: (raw: number) => number): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < pixels.length; i++) {
    const modality = value(pixels[i]!);
    if (modality < low) low = modality;
    if (modality > high) high = modality;
  }
  return { low, high };
}

/** The three VOI LUT functions of PS3.3 C.11.2.1.2 and C.11.2.1.3, to 0…255. */
export function windowed({ center, width, shape }: Window): (value: number) => number {
  if (shape === "SIGMOID") return (value) => Math.round(255 / (1 + Math.exp((-4 * (value - center)) / width)));
  const exact = shape === "LINEAR_EXACT";
  const middle = exact ? center : center - 0.5;
  const span = exact ? width : width - 1;
  return (value) => {
    if (value <= middle - span / 2) return 0;
    if (value > middle + span / 2) return 255;
    return Math.round(((value - middle) / span + 0.5) * 255);
  };
}

export function lookUp(table: LookupTable, value: number): number {
  const index = Math.round(value) - table.first;
  return table.data[Math.min(table.data.length - 1, Math.max(0, index))]!;
}
