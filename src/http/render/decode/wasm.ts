import { createRequire } from "node:module";
import { HoldfastError } from "../../../core/index.ts";

const require = createRequire(import.meta.url);

/** The common face of the codecs compiled to WebAssembly. */
export interface WasmDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
  getFrameInfo(): FrameInfo;
  getInterleaveMode?(): number;
  delete(): void;
}

export interface FrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  isSigned: boolean;
  componentCount: number;
}

type Module = Record<string, new () => WasmDecoder>;

const modules = new Map<string, Promise<Module>>();

function load(path: string): Promise<Module> {
  let module = modules.get(path);
  if (!module) {
    module = (require(path) as () => Promise<Module>)();
    modules.set(path, module);
  }
  return module;
}

const codecs = {
  jpeg: ["@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs", "JPEGDecoder"],
  "jpeg-ls": ["@cornerstonejs/codec-charls/decodewasmjs", "JpegLSDecoder"],
  "jpeg-2000": ["@cornerstonejs/codec-openjpeg/decodewasmjs", "J2KDecoder"],
  htj2k: ["@cornerstonejs/codec-openjph/wasmjs", "HTJ2KDecoder"],
} as const;

/**
 * Runs `use` with a fresh codec object, which is freed afterwards. Anything it throws becomes `render/failed`, and the
 * next use gets a new instance of the codec: hostile bytes may have spoilt this one's memory.
 */
export async function withCodec<T>(name: keyof typeof codecs, use: (codec: WasmDecoder) => T): Promise<T> {
  const [path, className] = codecs[name];
  const module = await load(path);
  try {
    const codec = new module[className]!();
    const result = use(codec);
    codec.delete();
    return result;
  } catch (error) {
    modules.delete(path);
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError("render/failed", "The codec rejects the frame.");
  }
}

/**
 * Caps what any codec of this thread may allocate: a heap limit on a worker does not count WebAssembly memory.
 * A refused growth is an allocation failure to the codec.
 */
export function capWasmMemory(bytes: number): void {
  const { prototype } = (globalThis as unknown as { WebAssembly: { Memory: { prototype: WasmMemory } } }).WebAssembly
    .Memory;
  const { grow } = prototype;
  prototype.grow = function (this: WasmMemory, pages: number): number {
    if (this.buffer.byteLength + pages * 65_536 > bytes) throw new RangeError("WebAssembly memory limit");
    return grow.call(this, pages);
  };
}

interface WasmMemory {
  buffer: ArrayBuffer;
  grow(pages: number): number;
}
