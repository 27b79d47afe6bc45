/** What is unusual in a data set that could be read: stable codes for the content detectors and for people. */
import type { DataSet } from "./data-set.ts";
import type { PixelWatch } from "./pixels.ts";
import type { PixelDataPlace } from "./scan-result.ts";

const tags = {
  samples: 0x00280002,
  frames: 0x00280008,
  rows: 0x00280010,
  columns: 0x00280011,
  bitsAllocated: 0x00280100,
  bitsStored: 0x00280101,
  highBit: 0x00280102,
  photometric: 0x00280004,
};

export function* irregularities(
  header: DataSet,
  pixelData: PixelDataPlace | undefined,
  encapsulated: boolean,
  watch: PixelWatch,
): Generator<string> {
  if (!header.characterSet.known) yield "charset/unknown";
  const rows = header.number(tags.rows);
  const columns = header.number(tags.columns);
  if (rows === undefined || columns === undefined) return;
  if (!pixelData) {
    yield "pixel/missing";
    return;
  }
  if (!soundBits(header)) yield "pixel/bits";
  if (pixelData.fragments) {
    if (!encapsulated) yield "pixel/encapsulated";
    yield* fragmentIrregularities(header.number(tags.frames) ?? 1, watch);
    return;
  }
  if (encapsulated) yield "pixel/native";
  const expected = pixelBytes(header, rows, columns);
  if (pixelData.length !== expected && pixelData.length !== expected + (expected % 2)) yield "pixel/length";
}

/** Bytes of native pixel data, before padding to even length (PS3.5 8.1.1). */
function pixelBytes(header: DataSet, rows: number, columns: number): number {
  const samples = header.number(tags.samples) ?? 1;
  const frames = header.number(tags.frames) ?? 1;
  const bits = header.number(tags.bitsAllocated) ?? 16;
  const halved = header.string(tags.photometric) === "YBR_FULL_422" ? 2 / 3 : 1;
  return Math.ceil((rows * columns * samples * halved * frames * bits) / 8);
}

/** Every frame has a fragment of its own at least (PS3.5 A.4); where it has one exactly, each is a codestream. */
function* fragmentIrregularities(frames: number, watch: PixelWatch): Generator<string> {
  if (watch.fragments < frames) yield "pixel/frames";
  if (watch.fragments === frames ? watch.foreign > 0 : watch.firstForeign) yield "pixel/codestream";
}

/** Bits Stored fit into Bits Allocated, High Bit is the last of them (PS3.5 8.1.1; older objects may place them higher). */
function soundBits(header: DataSet): boolean {
  const allocated = header.number(tags.bitsAllocated);
  const stored = header.number(tags.bitsStored);
  const high = header.number(tags.highBit);
  if (allocated === undefined || stored === undefined) return true;
  if (stored < 1 || stored > allocated) return false;
  return high === undefined || (high >= stored - 1 && high < allocated);
}
