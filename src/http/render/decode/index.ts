import { createRequire } from "node:module";
import { HoldfastError } from "../../../core/index.ts";
import type { Frame, ImageDescription } from "../types.ts";
import { checkSize, jpeg2000Size, jpegSize } from "./codestream.ts";
import { decodeNative, interleaved, typed } from "./native.ts";
import { decodeRle } from "./rle.ts";
import { codingOf } from "./syntaxes.ts";
import { withCodec } from "./wasm.ts";

interface LosslessDecoder {
  decode(buffer: ArrayBuffer, offset: number, length: number, bytesPerSample: number): Uint8Array | Uint16Array;
}

const { Decoder } = createRequire(import.meta.url)("jpeg-lossless-decoder-js") as {
  Decoder: new () => LosslessDecoder;
};

/** Decodes one frame. Throws `render/unsupported` without a codec, `render/failed` when the bytes are no such frame. */
export async function decodeFrame(image: ImageDescription, bytes: Uint8Array): Promise<Frame> {
  switch (codingOf(image.transferSyntaxUid)) {
    case "native":
      return decodeNative(image, bytes);
    case "rle":
      return decodeRle(image, bytes);
    case "jpeg":
      return decodeJpeg(image, bytes);
    case "jpeg-lossless":
      return decodeLossless(image, bytes);
    case "jpeg-ls":
      checkSize(jpegSize(bytes), image);
      return decodeWasm("jpeg-ls", image, bytes);
    case "jpeg-2000":
    case "htj2k":
      checkSize(jpeg2000Size(bytes), image);
      return decodeWasm(codingOf(image.transferSyntaxUid) as "jpeg-2000" | "htj2k", image, bytes);
    case undefined:
      throw new HoldfastError("render/unsupported");
  }
}

/** Baseline and 8-bit extended; the codec turns YBR into RGB itself. */
function decodeJpeg(image: ImageDescription, bytes: Uint8Array): Promise<Frame> {
  const size = checkSize(jpegSize(bytes), image);
  if (size.bits !== 8) throw new HoldfastError("render/unsupported", "Lossy JPEG of more than 8 bits.");
  return decodeWasm("jpeg", image, bytes);
}

function decodeLossless(image: ImageDescription, bytes: Uint8Array): Frame {
  const size = checkSize(jpegSize(bytes), image);
  const decoder = new Decoder();
  const decoded = decode(() =>
    decoder.decode(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length, size.bits > 8 ? 2 : 1),
  );
  const raw = new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.byteLength);
  return frameOf(image, widened(raw, size.bits, image), image.photometric);
}

async function decodeWasm(
  name: "jpeg" | "jpeg-ls" | "jpeg-2000" | "htj2k",
  image: ImageDescription,
  bytes: Uint8Array,
): Promise<Frame> {
  return withCodec(name, (codec) => {
    codec.getEncodedBuffer(bytes.length).set(bytes);
    codec.decode();
    const info = codec.getFrameInfo();
    checkSize(
      { rows: info.height, columns: info.width, samples: info.componentCount, bits: info.bitsPerSample },
      image,
    );
    const raw = new Uint8Array(codec.getDecodedBuffer());
    const pixels = widened(raw, info.bitsPerSample, image);
    const planar = image.samples === 3 && codec.getInterleaveMode?.() === 0;
    const frame = frameOf(image, pixels, photometricAfter(name, image));
    return planar ? { ...frame, pixels: interleaved(frame.pixels) } : frame;
  });
}

/** JPEG and JPEG 2000 carry their colour transform inside and give RGB; the others give the samples as they were. */
function photometricAfter(name: string, image: ImageDescription): string {
  if (image.samples === 1 || name === "jpeg-ls") return image.photometric;
  if (name === "jpeg") return "RGB";
  return image.photometric === "YBR_RCT" || image.photometric === "YBR_ICT" ? "RGB" : image.photometric;
}

function frameOf(image: ImageDescription, bytes: Uint8Array, photometric: string): Frame {
  const count = image.rows * image.columns * image.samples;
  return {
    rows: image.rows,
    columns: image.columns,
    samples: image.samples,
    pixels: typed(image, bytes, count),
    photometric,
  };
}

/** A codec gives 8-bit samples as bytes even where the data set allocates 16 bits. */
function widened(bytes: Uint8Array, bits: number, image: ImageDescription): Uint8Array {
  if (bits > 8 || image.bitsAllocated !== 16) return bytes;
  const wide = image.signed
    ? Int16Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length))
    : Uint16Array.from(bytes);
  return new Uint8Array(wide.buffer);
}

function decode<T>(run: () => T): T {
  try {
    return run();
  } catch {
    throw new HoldfastError("render/failed", "The codec rejects the frame.");
  }
}
