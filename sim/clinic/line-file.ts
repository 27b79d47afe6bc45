import { closeSync, openSync, writeSync } from "node:fs";

/** Bytes gathered before they are written. */
const batch = 1 << 20;

/** A file of lines, written in large pieces. */
export class LineFile {
  lines = 0;
  readonly #file: number;
  #waiting: string[] = [];
  #size = 0;

  constructor(path: string) {
    this.#file = openSync(path, "w");
  }

  write(line: string): void {
    this.#waiting.push(line, "\n");
    this.#size += line.length;
    this.lines++;
    if (this.#size > batch) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#waiting.join(""));
    this.#waiting = [];
    this.#size = 0;
  }
}
