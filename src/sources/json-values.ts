/**
 * JSON values out of a byte stream: one a line, pretty-printed, or concatenated; an array at the top is unrolled. A
 * value that is broken ends where the next can begin: at a line feed inside a string, or at a line that starts with
 * `{` inside an object.
 */
import { LineSplitter } from "./lines.ts";

/** Larger values are given up. */
const longestValue = 64 * 1024 * 1024;

export class JsonValues {
  readonly #onValue: (value: unknown) => void;
  readonly #onBroken: () => void;
  readonly #lines: LineSplitter;
  #pending: string[] = [];
  #size = 0;
  #braces = 0;
  #brackets = 0;

  constructor(onValue: (value: unknown) => void, onBroken: () => void) {
    this.#onValue = onValue;
    this.#onBroken = onBroken;
    this.#lines = new LineSplitter((bytes, start, end) => this.#line(bytes, start, end));
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
    if (this.#pending.length > 0) this.#giveUp();
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
      .toString("utf8")
      .replace(/^\uFEFF/, "");
    if (line.trim() === "") return;
    if (this.#pending.length === 0 && this.#emit(line)) return;
    if (this.#braces > 0 && line.startsWith("{")) {
      this.#giveUp();
      if (this.#emit(line)) return;
    }
    this.#take(line);
  }

  #emit(text: string): boolean {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return false;
    }
    for (const one of Array.isArray(value) ? value : [value]) this.#onValue(one);
    return true;
  }

  /** Part of a value over several lines. */
  #take(line: string): void {
    this.#pending.push(line);
    this.#size += line.length;
    const isWhole = this.#count(line);
    if (!isWhole || this.#braces < 0 || this.#brackets < 0 || this.#size > longestValue) this.#giveUp();
    else if (this.#braces === 0 && this.#brackets === 0) {
      const text = this.#pending.join("\n");
      this.#reset();
      if (!this.#emit(text)) this.#onBroken();
    }
  }

  /** Counts brackets outside strings; false when a string does not end in its line. */
  #count(line: string): boolean {
    let inString = false;
    for (let i = 0; i < line.length; i++) {
      const unit = line.charCodeAt(i);
      if (inString) {
        if (unit === 92) i++;
        else if (unit === 34) inString = false;
      } else if (unit === 34) inString = true;
      else if (unit === 123) this.#braces++;
      else if (unit === 125) this.#braces--;
      else if (unit === 91) this.#brackets++;
      else if (unit === 93) this.#brackets--;
    }
    return !inString;
  }

  #giveUp(): void {
    this.#reset();
    this.#onBroken();
  }

  #reset(): void {
    this.#pending = [];
    this.#size = 0;
    this.#braces = 0;
    this.#brackets = 0;
  }
}
