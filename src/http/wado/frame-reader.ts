import type { InstanceRef, ObjectReader } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { describeImage, type ImageDescription } from "../render/index.ts";
import type { Services } from "../services.ts";
import { readRange } from "./bytes.ts";
import { type ObjectHeader, readHeader } from "./header.ts";
import { framesOf, nativeFrame, readFragments, type Stretch } from "./pixel-data.ts";

const maxFragments = 1_000_000;

/** Reads frames of one stored image as they are stored. */
export class FrameReader {
  readonly ref: InstanceRef;
  readonly #reader: ObjectReader;
  readonly #header: ObjectHeader;
  readonly #frames: Stretch[][] | undefined;

  private constructor(header: ObjectHeader, frames: Stretch[][] | undefined) {
    this.ref = header.reader.ref;
    this.#reader = header.reader;
    this.#header = header;
    this.#frames = frames;
  }

  /** Throws `render/unsupported` when the object has no Pixel Data. */
  static async open(services: Services, ref: InstanceRef): Promise<FrameReader> {
    const header = await readHeader(services.archive.open(ref), services.limits);
    const { pixelData, reader } = header;
    if (!pixelData) throw new HoldfastError("render/unsupported", "The object holds no image.");
    const encapsulated = pixelData.length === undefined;
    const frames = encapsulated
      ? framesOf(await readFragments(reader, pixelData, maxFragments), ref.frames)
      : undefined;
    return new FrameReader(header, frames);
  }

  get encapsulated(): boolean {
    return this.#frames !== undefined;
  }

  /** Can an uncompressed frame be sent byte by byte as it is stored? */
  get verbatim(): boolean {
    return !this.#header.bigEndian && (this.ref.frames === 1 || this.describe(0).bitsAllocated > 1);
  }

  get header(): ObjectHeader {
    return this.#header;
  }

  /** What decoding of a frame (from 0) needs. */
  describe(frame: number): ImageDescription {
    return describeImage(this.#header.dataSet, this.#header.transferSyntaxUid, frame);
  }

  /** Length of a stored frame (from 0). Throws `request/not-found` when there is none. */
  length(frame: number): number {
    return this.#stretches(frame).reduce((sum, { length }) => sum + length, 0);
  }

  /** The bytes of a stored frame, fragments joined, piece by piece. */
  async *chunks(frame: number): AsyncGenerator<Uint8Array> {
    for (const { offset, length } of this.#stretches(frame)) yield* this.#reader.dataSet(offset, offset + length);
  }

  /** A stored frame in one piece, in the machine's byte order, fit for the decoder. */
  async bytes(frame: number, limit: number): Promise<Uint8Array> {
    const stretches = this.#stretches(frame);
    const total = this.length(frame);
    if (total > limit) throw new HoldfastError("render/limit", "The frame is larger than the limit.");
    const out = new Uint8Array(total);
    let at = 0;
    for (const { offset, length } of stretches) {
      out.set(await readRange(this.#reader, offset, offset + length), at);
      at += length;
    }
    return this.#normalised(frame, out);
  }

  #stretches(frame: number): Stretch[] {
    if (frame < 0 || frame >= this.ref.frames)
      throw new HoldfastError("request/not-found", "The object has no such frame.");
    return this.#frames?.[frame] ?? [nativeFrame(this.#header.pixelData!, this.#bitsPerFrame(frame), frame)];
  }

  #bitsPerFrame(frame: number): number {
    const image = this.describe(frame);
    const samples = image.photometric === "YBR_FULL_422" ? 2 : image.samples;
    return image.rows * image.columns * samples * image.bitsAllocated;
  }

  #normalised(frame: number, bytes: Uint8Array): Uint8Array {
    if (this.#frames) return bytes;
    if (this.#header.bigEndian && this.#header.pixelData!.vr === "OW") Buffer.from(bytes.buffer).swap16();
    const bits = this.#bitsPerFrame(frame);
    const { shift } = nativeFrame(this.#header.pixelData!, bits, frame);
    return shift === 0 ? bytes : shifted(bytes, shift).subarray(0, Math.ceil(bits / 8));
  }
}

/** Moves bits so that the first pixel is the lowest bit of the first byte. */
function shifted(bytes: Uint8Array, shift: number): Uint8Array {
  return bytes.map((byte, i) => (byte >> shift) | ((bytes[i + 1] ?? 0) << (8 - shift)));
}
