import { aborts, PduError } from "./reasons.ts";

/** Reads big-endian fields of a PDU body; anything that does not fit is an invalid PDU parameter. */
export class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }
  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }
  u16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }
  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }
  skip(length: number): void {
    this.#take(length);
  }
  bytes(length: number): Buffer {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }
  /** Text without its padding of spaces and NULs. */
  text(length: number): string {
    return trimPadding(this.bytes(length).toString("latin1"));
  }
  /** The item at hand: type, reserved byte, two-byte length, and a reader over its value. */
  item(): { type: number; value: FieldReader } {
    const type = this.u8();
    this.skip(1);
    return { type, value: new FieldReader(this.bytes(this.u16())) };
  }
  rest(): Buffer {
    return this.bytes(this.remaining);
  }
  restText(): string {
    return this.text(this.remaining);
  }
  #take(length: number): number {
    const start = this.#at;
    if (length > this.remaining) throw new PduError(aborts.invalidParameter, "a field ends beyond its container");
    this.#at = start + length;
    return start;
  }
}

function trimPadding(text: string): string {
  let start = 0;
  let end = text.length;
  while (end > start && isPadding(text.charCodeAt(end - 1))) end--;
  while (start < end && isPadding(text.charCodeAt(start))) start++;
  return text.slice(start, end);
}

const isPadding = (code: number): boolean => code === 0x20 || code === 0;

export function u16(value: number): Buffer {
  const out = Buffer.allocUnsafe(2);
  out.writeUInt16BE(value);
  return out;
}

export function u32(value: number): Buffer {
  const out = Buffer.allocUnsafe(4);
  out.writeUInt32BE(value);
  return out;
}

export const ascii = (text: string): Buffer => Buffer.from(text, "latin1");

/** An item or sub-item: type, reserved byte, two-byte length, value. */
export function item(type: number, ...value: Uint8Array[]): Buffer {
  const body = Buffer.concat(value);
  return Buffer.concat([Buffer.from([type, 0]), u16(body.length), body]);
}

/** Text preceded by its length in two bytes. */
export function counted(value: Uint8Array): Buffer {
  return Buffer.concat([u16(value.length), value]);
}

/** A whole PDU: type, reserved byte, four-byte length, body. */
export function pdu(type: number, ...value: Uint8Array[]): Buffer {
  const body = Buffer.concat(value);
  return Buffer.concat([Buffer.from([type, 0]), u32(body.length), body]);
}
