/** Splits a byte stream into lines without copying them, except where one spans two chunks. */

/** Longer lines are cut: what follows is dropped, and the parser will find the rest broken. */
const longestLine = 4 * 1024 * 1024;

export type OnLine = (bytes: Uint8Array, start: number, end: number) => void;

export class LineSplitter {
  readonly #onLine: OnLine;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(onLine: OnLine) {
    this.#onLine = onLine;
  }

  /** `chunk` may be reused by the caller afterwards. */
  push(chunk: Uint8Array): void {
    let start = 0;
    let at = chunk.indexOf(10);
    if (at >= 0 && this.#rest.length > 0) {
      const line = joined(this.#rest, chunk.subarray(0, at));
      this.#emit(line, 0, line.length);
      this.#rest = new Uint8Array(0);
      start = at + 1;
      at = chunk.indexOf(10, start);
    }
    for (; at >= 0; at = chunk.indexOf(10, start)) {
      this.#emit(chunk, start, at);
      start = at + 1;
    }
    if (start < chunk.length && this.#rest.length < longestLine) this.#rest = joined(this.#rest, chunk.subarray(start));
  }

  /** The last line, when it has no line feed. */
  end(): void {
    if (this.#rest.length > 0) this.#emit(this.#rest, 0, this.#rest.length);
    this.#rest = new Uint8Array(0);
  }

  #emit(bytes: Uint8Array, start: number, end: number): void {
    this.#onLine(bytes, start, end > start && bytes[end - 1] === 13 ? end - 1 : end);
  }
}

/** Lines as text; empty ones are left out. */
export class TextLines {
  readonly #lines: LineSplitter;

  constructor(onLine: (line: string) => void) {
    this.#lines = new LineSplitter((bytes, start, end) => {
      const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
      if (line.trim() !== "") onLine(line);
    });
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
