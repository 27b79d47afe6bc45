import { inflateRawSync } from "node:zlib";
import type { InstanceRef, ObjectReader } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { type DataSet, readDataSet, transferSyntaxes } from "../../dicom/index.ts";
import type { HttpLimits } from "../options.ts";
import { readRange } from "./bytes.ts";
import { type Located, PixelDataLocator } from "./locate.ts";

/** What stands in a stored object around its Pixel Data. */
export interface ObjectHeader {
  /** Every element but the Pixel Data itself. */
  dataSet: DataSet;
  pixelData?: Located;
  /** How `reader` gives the bytes: inflated ones count as Explicit VR Little Endian. */
  transferSyntaxUid: string;
  bigEndian: boolean;
  reader: ObjectReader;
}

const firstRead = 64 * 1024;
const maxTrailer = 1024 * 1024;
const explicitLittleEndian = "1.2.840.10008.1.2.1";

/** Reads the elements of a stored object, the pixels left out. Throws `request/too-large` beyond the limit. */
export async function readHeader(stored: ObjectReader, limits: HttpLimits): Promise<ObjectHeader> {
  const deflated = transferSyntaxes.get(stored.ref.transferSyntaxUid)?.deflated === true;
  const reader = deflated ? await inflated(stored, limits) : stored;
  const { transferSyntaxUid } = reader.ref;
  const syntax = transferSyntaxes.get(transferSyntaxUid);
  const locator = new PixelDataLocator({
    explicit: syntax?.explicit ?? true,
    littleEndian: syntax?.littleEndian ?? true,
  });
  const bytes = await prefix(reader, locator, limits.headerObjectBytes);
  const pixelData = locator.found;
  const dataSet = readDataSet(pixelData ? bytes.subarray(0, pixelData.element) : bytes, transferSyntaxUid);
  const header = { dataSet, transferSyntaxUid, bigEndian: syntax?.littleEndian === false, reader };
  if (!pixelData) return header;
  if (pixelData.length !== undefined) await addTrailer(header, pixelData.offset + pixelData.length);
  return { ...header, pixelData };
}

/** The data set up to its Pixel Data: in one read for most objects, in ever longer ones for the rest. */
async function prefix(reader: ObjectReader, locator: PixelDataLocator, limit: number): Promise<Buffer> {
  const size = reader.ref.dataSetSize;
  let end = Math.min(size, firstRead);
  let bytes = await readRange(reader, 0, end);
  while (!locator.look(bytes, end === size)) {
    if (end >= limit) throw new HoldfastError("request/too-large", "The object's header is larger than the limit.");
    const next = Math.min(size, end * 4);
    bytes = Buffer.concat([bytes, await readRange(reader, end, next)]);
    end = next;
  }
  return bytes;
}

/** Elements may follow the Pixel Data (padding, signatures, private groups). */
async function addTrailer(header: Omit<ObjectHeader, "pixelData">, start: number): Promise<void> {
  const { reader, dataSet, transferSyntaxUid } = header;
  const size = reader.ref.dataSetSize;
  if (start >= size || size - start > maxTrailer) return;
  const trailer = readDataSet(await readRange(reader, start, size), transferSyntaxUid);
  for (const element of trailer) dataSet.put(element);
}

/** A deflated data set, inflated in memory, as a reader of an explicit little endian one (PS3.5 A.5). */
async function inflated(reader: ObjectReader, limits: HttpLimits): Promise<ObjectReader> {
  const { ref } = reader;
  if (ref.dataSetSize > limits.headerObjectBytes)
    throw new HoldfastError("request/too-large", "The deflated object is too large.");
  const bytes = inflate(await readRange(reader, 0, ref.dataSetSize), limits.headerObjectBytes);
  const plain: InstanceRef = { ...ref, transferSyntaxUid: explicitLittleEndian, dataSetSize: bytes.length };
  async function* dataSet(start = 0, end = bytes.length): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(start, end);
  }
  return { ref: plain, header: () => reader.header(), dataSet, file: reader.file.bind(reader) };
}

function inflate(bytes: Buffer, limit: number): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    throw new HoldfastError("request/too-large", "The deflated object is too large.", { cause: error });
  }
}
