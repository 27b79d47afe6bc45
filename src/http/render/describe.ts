import { HoldfastError } from "../../core/index.ts";
import type { DataSet } from "../../dicom/index.ts";
import type { ImageDescription, LookupTable, Window } from "./types.ts";

const tags = {
  samples: 0x00280002,
  photometric: 0x00280004,
  planar: 0x00280006,
  rows: 0x00280010,
  columns: 0x00280011,
  bitsAllocated: 0x00280100,
  bitsStored: 0x00280101,
  signed: 0x00280103,
  windowCenter: 0x00281050,
  windowWidth: 0x00281051,
  intercept: 0x00281052,
  slope: 0x00281053,
  windowShape: 0x00281056,
  redDescriptor: 0x00281101,
  redData: 0x00281201,
  modalityLut: 0x00283000,
  lutDescriptor: 0x00283002,
  lutData: 0x00283006,
  voiLut: 0x00283010,
  sharedGroups: 0x52009229,
  frameGroups: 0x52009230,
  pixelValueTransformation: 0x00289145,
  frameVoiLut: 0x00289132,
} as const;

const bitDepths = new Set([1, 8, 16, 32]);

/**
 * Gathers what decoding and display of a frame (from 0) need. Enhanced objects keep it in functional groups (PS3.3
 * C.7.6.16). Throws `render/unsupported` when the object holds no image that can be shown.
 */
export function describeImage(dataSet: DataSet, transferSyntaxUid: string, frame: number): ImageDescription {
  const rows = dataSet.number(tags.rows) ?? 0;
  const columns = dataSet.number(tags.columns) ?? 0;
  const samples = dataSet.number(tags.samples) ?? 1;
  const bitsAllocated = dataSet.number(tags.bitsAllocated) ?? 0;
  if (rows < 1 || columns < 1 || !bitDepths.has(bitsAllocated) || (samples !== 1 && samples !== 3)) {
    throw new HoldfastError("render/unsupported");
  }
  const transformation = functionalGroup(dataSet, frame, tags.pixelValueTransformation) ?? dataSet;
  const voi = functionalGroup(dataSet, frame, tags.frameVoiLut) ?? dataSet;
  const signed = dataSet.number(tags.signed) === 1;
  const photometric = dataSet.string(tags.photometric) ?? (samples === 3 ? "RGB" : "MONOCHROME2");
  const palette = photometric === "PALETTE COLOR" ? paletteOf(dataSet) : undefined;
  return {
    transferSyntaxUid,
    rows,
    columns,
    samples,
    photometric,
    planar: dataSet.number(tags.planar) === 1,
    bitsAllocated: bitsAllocated as ImageDescription["bitsAllocated"],
    bitsStored: Math.min(bitsAllocated, Math.max(1, dataSet.number(tags.bitsStored) ?? bitsAllocated)),
    signed,
    slope: transformation.number(tags.slope) ?? 1,
    intercept: transformation.number(tags.intercept) ?? 0,
    ...optional("modalityLut", tableIn(dataSet.items(tags.modalityLut)[0], signed)),
    ...optional("window", windowOf(voi)),
    ...optional("voiLut", tableIn(voi.items(tags.voiLut)[0], true)),
    ...optional("palette", palette),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}

/** The item of a functional group macro for one frame: its own, else the shared one. */
function functionalGroup(dataSet: DataSet, frame: number, macro: number): DataSet | undefined {
  const own = dataSet.items(tags.frameGroups)[frame]?.items(macro)[0];
  return own ?? dataSet.items(tags.sharedGroups)[0]?.items(macro)[0];
}

function windowOf(dataSet: DataSet): Window | undefined {
  const center = dataSet.number(tags.windowCenter);
  const width = dataSet.number(tags.windowWidth);
  if (center === undefined || width === undefined || !(width >= 1)) return undefined;
  const shape = dataSet.string(tags.windowShape);
  return { center, width, shape: shape === "LINEAR_EXACT" || shape === "SIGMOID" ? shape : "LINEAR" };
}

function tableIn(item: DataSet | undefined, signed: boolean): LookupTable | undefined {
  return item && tableOf(item, tags.lutDescriptor, tags.lutData, signed);
}

function paletteOf(dataSet: DataSet): ImageDescription["palette"] {
  const [red, green, blue] = [0, 1, 2].map((i) => tableOf(dataSet, tags.redDescriptor + i, tags.redData + i, false));
  return red && green && blue ? { red, green, blue } : undefined;
}

/** A LUT by its descriptor: number of entries (0 means 65,536), first value mapped, bits an entry (PS3.3 C.11.1.1). */
function tableOf(dataSet: DataSet, descriptorTag: number, dataTag: number, signed: boolean): LookupTable | undefined {
  const [count = 0, first = 0, bits = 16] = dataSet.numbers(descriptorTag);
  const bytes = dataSet.get(dataTag)?.bytes;
  if (!bytes || bytes.length === 0) return undefined;
  const entries = count & 0xffff || 65_536;
  const data = bytes.length >= entries * 2 ? words(bytes, entries) : Uint16Array.from(bytes.subarray(0, entries));
  return { first: signed ? (first << 16) >> 16 : first & 0xffff, bits, data };
}

function words(bytes: Uint8Array, count: number): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint16Array.from({ length: count }, (_, i) => view.getUint16(i * 2, true));
}
