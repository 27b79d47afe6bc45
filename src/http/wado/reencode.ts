import type { InstanceRef } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { DataSet, makeFileHeader, writeDataSet } from "../../dicom/index.ts";
import type { HttpLimits } from "../options.ts";
import { codingOf, isLossy } from "../render/index.ts";
import type { Services } from "../services.ts";
import { FrameReader } from "./frame-reader.ts";
import { type ObjectHeader, readHeader } from "./header.ts";

export const explicitLittleEndian = "1.2.840.10008.1.2.1";

/** Can the object be given as Explicit VR Little Endian? */
export function canReencode(ref: InstanceRef, limits: HttpLimits): boolean {
  const coding = codingOf(ref.transferSyntaxUid);
  return coding !== undefined && (coding === "native" || ref.dataSetSize <= limits.transcodeBytes);
}

export function isLossyOrUnknown(transferSyntaxUid: string): boolean {
  return codingOf(transferSyntaxUid) === undefined || isLossy(transferSyntaxUid);
}

const tags = { samples: 0x00280002, photometric: 0x00280004, planar: 0x00280006, pixelData: 0x7fe00010 };

/** A stored object as a Part 10 file in Explicit VR Little Endian; pixels pass through frame by frame. */
export async function* reencoded(services: Services, ref: InstanceRef): AsyncGenerator<Uint8Array> {
  const { sopClassUid, sopInstanceUid } = ref;
  const header = await readHeader(services.archive.open(ref), services.limits);
  const fileHeader = makeFileHeader({ sopClassUid, sopInstanceUid, transferSyntaxUid: explicitLittleEndian });
  if (!header.pixelData) {
    yield fileHeader;
    yield writeDataSet(header.dataSet, explicitLittleEndian);
    return;
  }
  const { before, after } = splitAt(header.dataSet, header.pixelData.tag);
  if (header.pixelData.length !== undefined) {
    yield fileHeader;
    yield writeDataSet(before, explicitLittleEndian);
    yield* nativePixels(header);
  } else {
    const frames = decodedFrames(services, await FrameReader.open(services, ref), before);
    const head = (await frames.next()).value as Uint8Array;
    yield fileHeader;
    yield writeDataSet(before, explicitLittleEndian);
    yield head;
    yield* frames;
  }
  if (after.size > 0) yield writeDataSet(after, explicitLittleEndian);
}

/** The elements on either side of the Pixel Data. */
function splitAt(dataSet: DataSet, tag: number): { before: DataSet; after: DataSet } {
  const before = dataSet;
  const after = new DataSet();
  for (const element of [...dataSet]) {
    if (element.tag <= tag) continue;
    after.put(element);
    before.delete(element.tag);
  }
  return { before, after };
}

async function* nativePixels({ reader, pixelData, bigEndian }: ObjectHeader): AsyncGenerator<Uint8Array> {
  const { tag, vr, offset, length } = pixelData!;
  yield elementHeader(tag, vr, length!);
  const chunks = reader.dataSet(offset, offset + length!);
  yield* bigEndian && vr === "OW" ? swapped(chunks) : chunks;
}

/** First the element header, once the first frame tells how the pixels come out; then the frames. */
async function* decodedFrames(services: Services, reader: FrameReader, dataSet: DataSet): AsyncGenerator<Uint8Array> {
  for (let frame = 0; frame < reader.ref.frames; frame++) {
    const image = reader.describe(frame);
    const bytes = await reader.bytes(frame, services.limits.transcodeBytes);
    const decoded = await services.renderer.decode(image, bytes);
    if (frame === 0) {
      dataSet.set(tags.photometric, "CS", decoded.photometric);
      if (image.samples > 1) dataSet.set(tags.planar, "US", 0);
      const total = decoded.bytes.length * reader.ref.frames;
      if (total >= 0xffffffff)
        throw new HoldfastError("request/not-acceptable", "Uncompressed, the object is too large.");
      yield elementHeader(tags.pixelData, image.bitsAllocated > 8 ? "OW" : "OB", total + (total % 2));
      yield decoded.bytes;
      if (reader.ref.frames === 1 && total % 2 === 1) yield new Uint8Array(1);
    } else {
      yield decoded.bytes;
      const odd = (decoded.bytes.length * reader.ref.frames) % 2 === 1;
      if (odd && frame === reader.ref.frames - 1) yield new Uint8Array(1);
    }
  }
}

/** Header of an element with a long value, explicit little endian (PS3.5 Table 7.1-1). */
function elementHeader(tag: number, vr: string, length: number): Uint8Array {
  const header = Buffer.alloc(12);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  header.write(vr, 4, "latin1");
  header.writeUInt32LE(length, 8);
  return header;
}

/** Turns 16-bit words round, wherever the chunks are cut. */
async function* swapped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let odd: number | undefined;
  for await (const chunk of chunks) {
    const joined = odd === undefined ? Buffer.from(chunk) : Buffer.concat([Buffer.of(odd), chunk]);
    odd = joined.length % 2 === 1 ? joined[joined.length - 1] : undefined;
    yield joined.subarray(0, joined.length & ~1).swap16();
  }
}
