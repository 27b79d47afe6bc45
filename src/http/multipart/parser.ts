import { HoldfastError } from "../../core/index.ts";

export interface MultipartLimits {
  parts: number;
  partHeaderBytes: number;
}

/** Receives the parts in order. A returned promise is back-pressure: nothing more comes until it resolves. */
export interface MultipartHandler {
  begin(headers: Map<string, string>): Promise<void> | undefined;
  /** `bytes` is only valid until this returns. */
  data(bytes: Uint8Array): Promise<void> | undefined;
  end(): Promise<void> | undefined;
}

type State = "preamble" | "delimiter" | "headers" | "body" | "epilogue";

/**
 * Reads a multipart body (RFC 2046 section 5.1) chunk by chunk, however it is cut. It holds at most one delimiter or one
 * part's header fields; part data is passed on as slices of the chunk. Throws `request/invalid` and `request/too-large`.
 */
export class MultipartParser {
  readonly #delimiter: Buffer;
  readonly #handler: MultipartHandler;
  readonly #limits: MultipartLimits;
  #state: State = "preamble";
  /** What of the last chunk could not be decided yet: the beginning of a delimiter or of a header block. */
  #rest: Buffer;
  #parts = 0;
  #skipped = 0;

  constructor(boundary: string, limits: MultipartLimits, handler: MultipartHandler) {
    if (!boundarySyntax.test(boundary)) {
      throw new HoldfastError("request/invalid", "The multipart boundary is missing or malformed.");
    }
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
    this.#handler = handler;
    this.#limits = limits;
    // The first delimiter may stand at the very start, without the CRLF that belongs to all others.
    this.#rest = Buffer.from("\r\n");
  }

  /** Takes the next chunk; resolves when its content has been taken by the handler. */
  async write(chunk: Uint8Array): Promise<void> {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, bytes]);
      this.#rest = empty;
    }
    let at = 0;
    while (at < bytes.length) {
      const next = this.#step(bytes, at);
      const taken = typeof next === "number" ? next : await next;
      if (taken < 0) {
        this.#rest = Buffer.from(bytes.subarray(at));
        return;
      }
      at = taken;
    }
  }

  /** To be called after the last chunk. */
  end(): void {
    if (this.#state !== "epilogue") throw new HoldfastError("request/invalid", "The multipart body ends too early.");
  }

  /** Handles what begins at `at`; gives where to go on, or -1 when more bytes are needed. */
  #step(bytes: Buffer, at: number): number | Promise<number> {
    switch (this.#state) {
      case "preamble":
        return this.#preamble(bytes, at);
      case "delimiter":
        return this.#delimiterLine(bytes, at);
      case "headers":
        return this.#headers(bytes, at);
      case "body":
        return this.#body(bytes, at);
      case "epilogue":
        return bytes.length;
    }
  }

  #preamble(bytes: Buffer, at: number): number {
    const found = bytes.indexOf(this.#delimiter, at);
    const end = found >= 0 ? found : this.#undecided(bytes, at);
    this.#skipped += end - at;
    if (this.#skipped > this.#limits.partHeaderBytes) throw new HoldfastError("request/invalid", "No boundary found.");
    if (found >= 0) {
      this.#state = "delimiter";
      return found + this.#delimiter.length;
    }
    return end > at ? end : -1;
  }

  /** What follows a delimiter: `--` ends the body; blanks and CRLF begin a part. */
  #delimiterLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf("\r\n", at);
    const line = bytes.subarray(at, end < 0 ? bytes.length : end);
    if (line.length >= 2 && line[0] === dash && line[1] === dash) {
      this.#state = "epilogue";
      return bytes.length;
    }
    if (line.length > maxPadding) throw new HoldfastError("request/invalid", "A boundary line is malformed.");
    if (end < 0) return -1;
    if (line.some((byte) => byte !== 0x20 && byte !== 0x09)) {
      throw new HoldfastError("request/invalid", "A boundary line is malformed.");
    }
    if (++this.#parts > this.#limits.parts)
      throw new HoldfastError("request/too-large", "The request has too many parts.");
    this.#state = "headers";
    // The CRLF stays: header fields end with an empty line even when there are none.
    return end;
  }

  #headers(bytes: Buffer, at: number): number | Promise<number> {
    const end = bytes.indexOf("\r\n\r\n", at);
    if ((end < 0 ? bytes.length : end) - at > this.#limits.partHeaderBytes) {
      throw new HoldfastError("request/too-large", "The header fields of a part are too long.");
    }
    if (end < 0) return -1;
    this.#state = "body";
    const next = end + 4;
    const wait = this.#handler.begin(headerFields(bytes.toString("latin1", at, end)));
    return wait ? wait.then(() => next) : next;
  }

  #body(bytes: Buffer, at: number): number | Promise<number> {
    const found = bytes.indexOf(this.#delimiter, at);
    const end = found >= 0 ? found : this.#undecided(bytes, at);
    const data = end > at ? this.#handler.data(bytes.subarray(at, end)) : undefined;
    if (found < 0) {
      const next = end > at ? end : -1;
      return data ? data.then(() => next) : next;
    }
    this.#state = "delimiter";
    const next = found + this.#delimiter.length;
    if (data) return data.then(() => this.#handler.end()).then(() => next);
    const wait = this.#handler.end();
    return wait ? wait.then(() => next) : next;
  }

  /** Could the bytes from `at` on be the delimiter, as far as they go? */
  #startsDelimiter(bytes: Buffer, at: number): boolean {
    const length = Math.min(this.#delimiter.length, bytes.length - at);
    return bytes.compare(this.#delimiter, 0, length, at, at + length) === 0;
  }

  /** Where the tail begins that may turn out to be a delimiter. */
  #undecided(bytes: Buffer, at: number): number {
    let tail = Math.max(at, bytes.length - this.#delimiter.length + 1);
    for (;;) {
      tail = bytes.indexOf(0x0d, tail);
      if (tail < 0) return bytes.length;
      if (this.#startsDelimiter(bytes, tail)) return tail;
      tail++;
    }
  }
}

const empty = Buffer.alloc(0);
/** RFC 2046 allows 70 characters; Orthanc sends 73. */
const boundarySyntax = /^[0-9A-Za-z'()+_,./:=? -]{0,199}[0-9A-Za-z'()+_,./:=?-]$/;
const dash = 0x2d;
const maxPadding = 256;

/** Field names in lower case; a repeated field keeps its first value. */
function headerFields(block: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of block.replace(/\r\n[ \t]+/g, " ").split("\r\n")) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    if (colon < 1) throw new HoldfastError("request/invalid", "A header field of a part is malformed.");
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}
