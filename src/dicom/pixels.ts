/** Watches Pixel Data as it passes: hands on the bytes of the frames, and looks at how each fragment begins. */

/** How the codestreams of a transfer syntax begin (PS3.5 A.4, annex G for RLE). */
const jpeg = [[0xff, 0xd8, 0xff]];
const jpeg2000 = [
  [0xff, 0x4f, 0xff, 0x51],
  [0x00, 0x00, 0x00, 0x0c], // a JP2 file around it: not of the standard, but met
];
const jpegXl = [
  [0xff, 0x0a],
  [0x00, 0x00, 0x00, 0x0c],
];
const rle = "1.2.840.10008.1.2.5";
const beginnings: [family: RegExp, starts: number[][]][] = [
  [/^1\.2\.840\.10008\.1\.2\.4\.(5\d|6\d|70|80|81)$/, jpeg],
  [/^1\.2\.840\.10008\.1\.2\.4\.(9[0-3]|20[123])$/, jpeg2000],
  [/^1\.2\.840\.10008\.1\.2\.4\.11[012]$/, jpegXl],
];
const looked = 4;
const rleSegments = 15;

export class PixelWatch {
  /** Fragments, without the offset table, and how many of them do not begin as the transfer syntax has it. */
  fragments = 0;
  foreign = 0;
  /** Whether the first of them does not. */
  firstForeign = false;
  readonly #starts: number[][];
  readonly #rle: boolean;
  readonly #onBytes: ((bytes: Uint8Array) => void) | undefined;
  readonly #begin = Buffer.alloc(looked);
  #seen = looked;
  #table = false;

  constructor(transferSyntaxUid: string, onBytes?: (bytes: Uint8Array) => void) {
    this.#starts = beginnings.find(([family]) => family.test(transferSyntaxUid))?.[1] ?? [];
    this.#rle = transferSyntaxUid === rle;
    this.#onBytes = onBytes;
  }

  /** A native value begins. */
  native(): void {
    this.#table = false;
  }

  /** An item begins; the first holds the offset table, which is no pixels. */
  fragment(isTable: boolean): void {
    this.#table = isTable;
    if (isTable) return;
    this.fragments++;
    this.#seen = 0;
  }

  bytes(bytes: Uint8Array): void {
    if (this.#table) return;
    this.#onBytes?.(bytes);
    for (let i = 0; this.#seen < looked && i < bytes.length; i++) {
      this.#begin[this.#seen++] = bytes[i]!;
      if (this.#seen === looked) this.#judge();
    }
  }

  #judge(): void {
    if (this.#starts.length === 0 && !this.#rle) return;
    const begin = this.#begin;
    const segments = begin.readUInt32LE(0);
    const isSound = this.#rle
      ? segments >= 1 && segments <= rleSegments
      : this.#starts.some((start) => start.every((byte, i) => begin[i] === byte));
    if (isSound) return;
    this.foreign++;
    if (this.fragments === 1) this.firstForeign = true;
  }
}
