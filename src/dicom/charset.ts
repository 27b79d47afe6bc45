/** Specific Character Set (0008,0005), PS3.3 C.12.1.1.2 and PS3.5 6.1: bytes to text and back. */

/** Defined terms without code extensions, and the ISO 2022 sets that a `ISO 2022 IR n` term names. */
const encodings = new Map(
  Object.entries({
    "ISO_IR 6": "ascii",
    "ISO_IR 13": "shift_jis",
    "ISO_IR 100": "latin1",
    "ISO_IR 101": "iso-8859-2",
    "ISO_IR 109": "iso-8859-3",
    "ISO_IR 110": "iso-8859-4",
    "ISO_IR 126": "iso-8859-7",
    "ISO_IR 127": "iso-8859-6",
    "ISO_IR 138": "iso-8859-8",
    "ISO_IR 144": "iso-8859-5",
    "ISO_IR 148": "iso-8859-9",
    "ISO_IR 166": "windows-874",
    "ISO_IR 203": "iso-8859-15",
    "ISO_IR 192": "utf-8",
    "ISO_IR 149": "euc-kr",
    "ISO_IR 58": "gbk",
    "ISO_IR 87": "iso-2022-jp",
    "ISO_IR 159": "euc-jp",
    GB18030: "gb18030",
    GBK: "gbk",
  }),
);

/** What an escape sequence switches to: the set it designates and, for multi-byte G0 sets, how to reach a decoder. */
const escapes = new Map(
  Object.entries({
    "(B": "ascii",
    "(J": "shift_jis",
    ")I": "shift_jis",
    "-A": "latin1",
    "-B": "iso-8859-2",
    "-C": "iso-8859-3",
    "-D": "iso-8859-4",
    "-F": "iso-8859-7",
    "-G": "iso-8859-6",
    "-H": "iso-8859-8",
    "-L": "iso-8859-5",
    "-M": "iso-8859-9",
    "-T": "windows-874",
    "-b": "iso-8859-15",
    "$)C": "euc-kr",
    "$)A": "gbk",
    $B: "jis0208",
    "$@": "jis0208",
    "$(D": "jis0212",
  }),
);

export class CharacterSet {
  readonly known: boolean;
  readonly #initial: string;
  readonly #extended: boolean;

  /** `terms`: the values of (0008,0005); none means the default repertoire. */
  constructor(terms: readonly string[]) {
    const names = terms.map((term) => term.replace(/^ISO 2022 IR /, "ISO_IR "));
    const first = names[0] || "ISO_IR 6";
    this.known = names.every((name) => name === "" || encodings.has(name));
    this.#initial = encodings.get(first) ?? "latin1";
    this.#extended = terms.some((term) => term.startsWith("ISO 2022"));
  }

  decode(bytes: Uint8Array): string {
    if (isAscii(bytes)) return latin1(bytes);
    if (this.#extended && bytes.includes(0x1b)) return decodeExtended(bytes, this.#initial);
    return decodeWith(this.#initial, bytes);
  }

  /** The bytes of a text in the first of the sets; `?` for what that cannot hold (PS3.5 6.1.2.3 has no better way). */
  encode(text: string): Uint8Array {
    return encodeWith(this.#initial, text);
  }
}

export const defaultCharacterSet = new CharacterSet([]);

function isAscii(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!;
    if (byte >= 0x80 || byte === 0x1b) return false;
  }
  return true;
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();

function decodeWith(encoding: string, bytes: Uint8Array): string {
  if (encoding === "latin1" || encoding === "ascii") return latin1(bytes);
  let decoder = decoders.get(encoding);
  if (!decoder) {
    decoder = new TextDecoder(encoding);
    decoders.set(encoding, decoder);
  }
  return decoder.decode(bytes.buffer instanceof SharedArrayBuffer ? Uint8Array.from(bytes) : bytes);
}

/** Splits at escape sequences; delimiters and line ends return to the initial set (PS3.5 6.1.2.5.3). */
function decodeExtended(bytes: Uint8Array, initial: string): string {
  let text = "";
  let active = initial;
  let start = 0;
  const next = (from: number, to: number, encoding: string): void => {
    if (from > start) text += decodeRun(active, bytes.subarray(start, from));
    start = to;
    active = encoding;
  };
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === 0x1b) {
      const found = escapeAt(bytes, at);
      next(at, at + (found?.length ?? 1), found?.encoding ?? active);
      at = start - 1;
    } else if (active !== initial && endsRun(byte, active)) next(at, at, initial);
  }
  next(bytes.length, bytes.length, initial);
  return text;
}

/** In the two-byte G0 sets the delimiters' codes are halves of characters; only control characters stand for themselves. */
function endsRun(byte: number, active: string): boolean {
  if (byte === 0x0a || byte === 0x0d || byte === 0x0c || byte === 0x09) return true;
  return !active.startsWith("jis") && (byte === 0x5c || byte === 0x5e || byte === 0x3d);
}

function escapeAt(bytes: Uint8Array, at: number): { encoding: string; length: number } | undefined {
  for (const size of [3, 2]) {
    const encoding = escapes.get(latin1(bytes.subarray(at + 1, at + 1 + size)));
    if (encoding) return { encoding, length: size + 1 };
  }
  return undefined;
}

/** G0 two-byte Japanese sets decode as their EUC-JP (G1) form. */
function decodeRun(encoding: string, run: Uint8Array): string {
  if (encoding === "jis0208")
    return decodeWith(
      "euc-jp",
      run.map((byte) => byte | 0x80),
    );
  if (encoding === "jis0212") {
    const euc = new Uint8Array(Math.floor(run.length / 2) * 3);
    for (let pair = 0; pair * 2 + 1 < run.length; pair++)
      euc.set([0x8f, run[pair * 2]! | 0x80, run[pair * 2 + 1]! | 0x80], pair * 3);
    return decodeWith("euc-jp", euc);
  }
  return decodeWith(encoding, run);
}

const encoders = new Map<string, Map<string, number>>();

function encodeWith(encoding: string, text: string): Uint8Array {
  if (encoding === "utf-8") return Buffer.from(text, "utf8");
  const codes = encoders.get(encoding) ?? codesOf(encoding);
  encoders.set(encoding, codes);
  const bytes: number[] = [];
  for (const character of text) {
    const code = codes.get(character) ?? 0x3f;
    if (code > 0xff) bytes.push(code >> 8);
    bytes.push(code & 0xff);
  }
  return Buffer.from(bytes);
}

/** What each character of a set is as one byte or two, found by decoding them all. */
function codesOf(encoding: string): Map<string, number> {
  const codes = new Map<string, number>();
  const add = (code: number, bytes: number[]): void => {
    const text = decodeWith(encoding, Uint8Array.from(bytes));
    if (!text.includes("\ufffd") && [...text].length === 1 && !codes.has(text)) codes.set(text, code);
  };
  for (let byte = 0; byte <= 0xff; byte++) if (byte < 0x80 || encoding !== "ascii") add(byte, [byte]);
  if (multiByte.has(encoding)) for (let code = 0x8140; code <= 0xfefe; code++) add(code, [code >> 8, code & 0xff]);
  return codes;
}

const multiByte = new Set(["shift_jis", "euc-kr", "euc-jp", "gbk", "gb18030"]);
