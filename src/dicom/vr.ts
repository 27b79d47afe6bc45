/** Properties of the value representations, PS3.5 section 6.2. */
import type { Vr } from "./dictionary/index.ts";

const longForm = new Set<string>(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
const text = new Set<string>(["LO", "LT", "PN", "SH", "ST", "UC", "UT"]);
const wordSizes: Partial<Record<Vr, number>> = {
  AT: 2,
  FD: 8,
  FL: 4,
  OD: 8,
  OF: 4,
  OL: 4,
  OV: 8,
  OW: 2,
  SL: 4,
  SS: 2,
  SV: 8,
  UL: 4,
  US: 2,
  UV: 8,
};
const numeric = new Set<string>(["AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"]);
const others = ["AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI"];
/** Every VR of the standard. */
export const allVrs = new Set([...longForm, ...text, ...numeric, ...others]) as ReadonlySet<Vr>;

/** A 32-bit length behind two reserved bytes in explicit encodings (PS3.5 7.1.2). */
export const hasLongLength = (vr: string): boolean => longForm.has(vr);
/** Affected by Specific Character Set. */
export const isText = (vr: Vr): boolean => text.has(vr);
/** Binary numbers (and AT). */
export const isNumeric = (vr: Vr): boolean => numeric.has(vr);
export const isVr = (vr: string): vr is Vr => allVrs.has(vr as Vr);
/** Bytes that swap together between byte orders; 1 where none do. */
export const wordSize = (vr: Vr): number => wordSizes[vr] ?? 1;
export const paddingOf = (vr: Vr): number => (vr === "UI" || vr === "OB" || vr === "UN" ? 0 : 0x20);

type Read = (view: DataView, at: number) => number | bigint | string;
const readers: Partial<Record<Vr, Read>> = {
  US: (view, at) => view.getUint16(at, true),
  SS: (view, at) => view.getInt16(at, true),
  UL: (view, at) => view.getUint32(at, true),
  SL: (view, at) => view.getInt32(at, true),
  FL: (view, at) => view.getFloat32(at, true),
  FD: (view, at) => view.getFloat64(at, true),
  UV: (view, at) => view.getBigUint64(at, true),
  SV: (view, at) => view.getBigInt64(at, true),
  AT: (view, at) => view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true),
};

/** Binary values; 64-bit integers become bigint where a number cannot hold them exactly. A partial last value is left out. */
export function decodeNumbers(vr: Vr, bytes: Uint8Array): (number | bigint)[] {
  const size = vr === "AT" ? 4 : wordSize(vr);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = readers[vr]!;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => exact(read(view, index * size)));
}

function exact(value: number | bigint | string): number | bigint {
  if (typeof value !== "bigint") return value as number;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function encodeNumbers(vr: Vr, values: (number | string | bigint)[]): Uint8Array {
  const size = vr === "AT" ? 4 : wordSize(vr);
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) write(view, index * size, vr, value);
  return bytes;
}

function write(view: DataView, at: number, vr: Vr, value: number | string | bigint): void {
  const number = Number(value);
  if (vr === "US") view.setUint16(at, number, true);
  else if (vr === "SS") view.setInt16(at, number, true);
  else if (vr === "UL") view.setUint32(at, number, true);
  else if (vr === "SL") view.setInt32(at, number, true);
  else if (vr === "FL") view.setFloat32(at, number, true);
  else if (vr === "FD") view.setFloat64(at, number, true);
  else if (vr === "UV") view.setBigUint64(at, BigInt(value), true);
  else if (vr === "SV") view.setBigInt64(at, BigInt(value), true);
  else {
    view.setUint16(at, Math.floor(number / 0x10000), true);
    view.setUint16(at + 2, number % 0x10000, true);
  }
}

/** A copy with every word's bytes reversed: big endian to little endian and back. */
export function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const copy = Buffer.from(bytes);
  if (size === 1) return copy;
  const whole = copy.subarray(0, copy.length - (copy.length % size));
  if (size === 2) whole.swap16();
  else if (size === 4) whole.swap32();
  else whole.swap64();
  return copy;
}
