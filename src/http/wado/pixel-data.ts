import type { ObjectReader } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { readRange } from "./bytes.ts";
import type { Located } from "./locate.ts";

/** A stretch of the data set. */
export interface Stretch {
  offset: number;
  length: number;
}

/** Where the Pixel Data value lies; `length` is absent when it is encapsulated. */
type PixelData = Pick<Located, "offset" | "length">;

const itemTag = 0xfffee000;
const sequenceEnd = 0xfffee0dd;
const headerWindow = 4096;

/** Fragments of encapsulated Pixel Data (PS3.5 A.4): Basic Offset Table first, then item by item. */
export interface Fragments {
  offsetTable: Uint32Array;
  items: Stretch[];
  /** First byte after the sequence delimiter. */
  end: number;
}

/** Walks the items without reading their content. Throws `storage/corrupt` when the sequence is broken. */
export async function readFragments(reader: ObjectReader, pixelData: PixelData, maxItems: number): Promise<Fragments> {
  const items: Stretch[] = [];
  const size = reader.ref.dataSetSize;
  let window: Buffer = Buffer.alloc(0);
  let windowStart = 0;
  const header = async (at: number): Promise<DataView> => {
    if (at < windowStart || at + 8 > windowStart + window.length) {
      if (at + 8 > size) throw new HoldfastError("storage/corrupt", "Pixel Data ends too early.");
      windowStart = at;
      window = await readRange(reader, at, Math.min(size, at + headerWindow));
    }
    return new DataView(window.buffer, window.byteOffset + at - windowStart, 8);
  };
  for (let at = pixelData.offset; ; ) {
    const view = await header(at);
    const tag = view.getUint16(0, true) * 0x10000 + view.getUint16(2, true);
    const length = view.getUint32(4, true);
    if (tag === sequenceEnd) return { ...(await split(reader, items)), end: at + 8 };
    if (tag !== itemTag || at + 8 + length > size) throw new HoldfastError("storage/corrupt", "Pixel Data is broken.");
    if (items.length > maxItems) throw new HoldfastError("render/limit", "Too many fragments.");
    items.push({ offset: at + 8, length });
    at += 8 + length;
  }
}

async function split(reader: ObjectReader, items: Stretch[]): Promise<Omit<Fragments, "end">> {
  const [table, ...rest] = items;
  if (!table || table.length === 0) return { offsetTable: new Uint32Array(), items: rest };
  const bytes = await readRange(reader, table.offset, table.offset + table.length);
  const offsetTable = Uint32Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readUInt32LE(i * 4));
  return { offsetTable, items: rest };
}

/** The fragments that make up each frame. Throws `render/unsupported` when they cannot be told apart. */
export function framesOf(fragments: Fragments, frames: number): Stretch[][] {
  const { items, offsetTable } = fragments;
  if (frames === 1) return [items];
  if (items.length === frames) return items.map((item) => [item]);
  const first = items[0];
  if (!first || offsetTable.length !== frames) {
    throw new HoldfastError("render/unsupported", "The object does not tell its frames apart.");
  }
  const base = first.offset - 8;
  const grouped: Stretch[][] = Array.from({ length: frames }, () => []);
  let frame = 0;
  for (const item of items) {
    while (frame + 1 < frames && item.offset - 8 >= base + offsetTable[frame + 1]!) frame++;
    grouped[frame]!.push(item);
  }
  return grouped;
}

/** Bits of one uncompressed frame; a frame of one-bit pixels may begin inside a byte. */
export interface NativeFrame extends Stretch {
  /** Bits to skip in the first byte. */
  shift: number;
}

export function nativeFrame(pixelData: PixelData, bitsPerFrame: number, frame: number): NativeFrame {
  const start = bitsPerFrame * frame;
  const first = Math.floor(start / 8);
  const last = Math.ceil((start + bitsPerFrame) / 8);
  if (pixelData.length === undefined || last > pixelData.length) {
    throw new HoldfastError("request/not-found", "The object has no such frame.");
  }
  return { offset: pixelData.offset + first, length: last - first, shift: start % 8 };
}
