import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Picture } from "../types.ts";

/** The part of @jsquash/jpeg (mozjpeg compiled to WebAssembly) that is used here. */
interface Mozjpeg {
  default(image: { data: Uint8ClampedArray; width: number; height: number }, options: object): Promise<ArrayBuffer>;
  init(module: object): Promise<void>;
}

const require = createRequire(import.meta.url);
const greyscale = 1;
const yCbCr = 3;

let loaded: Promise<Mozjpeg> | undefined;

async function load(): Promise<Mozjpeg> {
  const codec = (await import(require.resolve("@jsquash/jpeg/encode.js"))) as Mozjpeg;
  const { compile } = (globalThis as unknown as { WebAssembly: { compile(bytes: Uint8Array): Promise<object> } })
    .WebAssembly;
  await codec.init(await compile(readFileSync(require.resolve("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm"))));
  return codec;
}

/** A baseline JPEG; `quality` 1…100. */
export async function encodeJpeg(picture: Picture, quality: number): Promise<Uint8Array> {
  loaded ??= load();
  const { default: encode } = await loaded;
  const options = {
    quality,
    baseline: true,
    progressive: false,
    optimize_coding: false,
    color_space: picture.samples === 1 ? greyscale : yCbCr,
  };
  const { width, height } = picture;
  return new Uint8Array(await encode({ data: withAlpha(picture), width, height }, options));
}

/** The codec takes four bytes a pixel. */
function withAlpha({ samples, pixels }: Picture): Uint8ClampedArray {
  const out = new Uint8ClampedArray((pixels.length / samples) * 4);
  for (let i = 0, at = 0; at < out.length; i += samples) {
    out[at++] = pixels[i]!;
    out[at++] = pixels[samples === 1 ? i : i + 1]!;
    out[at++] = pixels[samples === 1 ? i : i + 2]!;
    out[at++] = 255;
  }
  return out;
}
