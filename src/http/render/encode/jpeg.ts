import { withCodec } from "../decode/wasm.ts";
import type { Picture } from "../types.ts";

/** A baseline JPEG; `quality` 1…100. */
export function encodeJpeg(picture: Picture, quality: number): Promise<Uint8Array> {
  return withCodec("jpeg-encoder", (encoder) => {
    const info = {
      width: picture.width,
      height: picture.height,
      bitsPerSample: 8,
      isSigned: false,
      componentCount: picture.samples,
    };
    encoder.getDecodedBuffer(info).set(picture.pixels);
    encoder.setProgressive(false);
    encoder.setQuality(quality);
    encoder.encode();
    return new Uint8Array(encoder.getEncodedBuffer());
  });
}
