/** What the worker needs to know of an image to decode and render a frame of it (PS3.3 C.7.6.3 and C.11). */
export interface ImageDescription {
  transferSyntaxUid: string;
  rows: number;
  columns: number;
  samples: 1 | 3;
  photometric: string;
  planar: boolean;
  bitsAllocated: 1 | 8 | 16 | 32;
  bitsStored: number;
  signed: boolean;
  slope: number;
  intercept: number;
  modalityLut?: LookupTable;
  window?: Window;
  voiLut?: LookupTable;
  palette?: { red: LookupTable; green: LookupTable; blue: LookupTable };
}

/** A lookup table: values from `first` on; inputs outside take the nearest end. `bits` is the width of an entry. */
export interface LookupTable {
  first: number;
  bits: number;
  data: Uint16Array;
}

export interface Window {
  center: number;
  width: number;
  shape: "LINEAR" | "LINEAR_EXACT" | "SIGMOID";
}

/** A part of the image and the size it is to be shown in (PS3.18 8.3.5.1.3). Absent parts: the whole, as it is. */
export interface Viewport {
  width: number;
  height: number;
  region?: { x: number; y: number; width: number; height: number; flipX: boolean; flipY: boolean };
}

export interface RenderRequest {
  mediaType: "image/jpeg" | "image/png";
  /** 1…100, of JPEG. */
  quality: number;
  window?: Window;
  viewport?: Viewport;
}

/** Pixels of one frame, sample by sample interleaved, in the machine's (little) endianness. */
export interface Frame {
  rows: number;
  columns: number;
  samples: 1 | 3;
  pixels: Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;
  /** What the samples mean now: decoders may have turned YBR into RGB. */
  photometric: string;
}

/** An 8-bit picture: one sample (grey) or three (RGB) a pixel. */
export interface Picture {
  width: number;
  height: number;
  samples: 1 | 3;
  pixels: Uint8Array;
}

export type Job =
  | { id: number; kind: "render"; image: ImageDescription; frame: Uint8Array; request: RenderRequest }
  | { id: number; kind: "decode"; image: ImageDescription; frame: Uint8Array };

export type Answer =
  | { id: number; ok: true; bytes: Uint8Array; photometric: string }
  | { id: number; ok: false; code: "render/unsupported" | "render/failed" | "render/limit" };
