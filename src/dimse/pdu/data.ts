import { pduTypes } from "./types.ts";

/** Bits of the Message Control Header: PS3.8 Annex E.2. */
export const commandFragment = 0x01;
export const lastFragment = 0x02;

/** PDU header (6), PDV length (4), presentation context ID (1), message control header (1). */
export const dataHeaderLength = 12;

/** What a P-DATA-TF body holds besides the bytes of its one PDV. */
export const pdvOverhead = 6;

/** Writes the header of a P-DATA-TF PDU with one PDV of `length` bytes to the start of `out` (PS3.8 9.3.5). */
export function writeDataHeader(out: Buffer, contextId: number, control: number, length: number): void {
  out[0] = pduTypes.data;
  out[1] = 0;
  out.writeUInt32BE(length + pdvOverhead, 2);
  out.writeUInt32BE(length + 2, 6);
  out[10] = contextId;
  out[11] = control;
}
