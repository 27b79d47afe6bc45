/**
 * JSON values out of a byte stream: one a line, pretty-printed, or concatenated. An array at the top is unrolled, and so
 * is the list of records of an outermost object (`{"Records":[…]}`), however long: one record is in memory at a time.
 *
 * What is broken shows by its form, and ends where the next can begin: at a line feed inside a string, at a bracket that
 * closes another, or at an object that begins a line just where the one under way began one.
 */

/** Larger values are given up, bytes. */
const longestValue = 4 * 1024 * 1024;
/** Of a key so many characters are looked at. */
const longestKey = 64;

const [tab, lineFeed, carriageReturn, space, quote, comma, colon, backslash] = [9, 10, 13, 32, 34, 44, 58, 92];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const byteOrderMark = [0xef, 0xbb, 0xbf];
/** Bytes that mean something within a value, outside of its strings. */
const tokens = new Uint8Array(256);
for (const byte of [lineFeed, quote, colon, openList, closeList, openObject, closeObject]) tokens[byte] = 1;

export class JsonValues {
  readonly #onValue: (value: unknown) => void;
  readonly #onBroken: () => void;
  readonly #unrolled: ReadonlySet<string>;

  /** junk: up to the end of the line; lost: up to a line where a value can begin */
  #state: "between" | "within" | "junk" | "lost" = "between";
  /** The list being unrolled: its key unless it is at the top, and the indentation of the object around it. */
  #list: { key?: string; column: number } | undefined;
  /** Under way is the object around a list that was unrolled: nobody wants the rest of it. */
  #isShell = false;

  /** The value under way: open brackets, bytes of earlier chunks, indentation (-1: it began within a line), lines. */
  #open: number[] = [];
  #kept: Uint8Array[] = [];
  #keptSize = 0;
  #column = -1;
  #lines = 0;
  /** What broke was of one line: the next one is another's, whatever it is. */
  #brokeInLine = false;
  /** Junk counts once a line. */
  #isJunkCounted = false;
  /** A line began like a value, but may be part of the one under way. */
  #isDoubtful = false;
  #isStrict = false;

  #chunk: Uint8Array = new Uint8Array(0);
  /** Where in the chunk the bytes of the value begin. */
  #start = 0;
  #inString = false;
  #isEscaped = false;
  #text = "";
  #key = "";
  /** The last byte that means something. */
  #before = 0;
  /** White space since the line began; -1: something else, too. */
  #indent = 0;

  /** @param unrolled keys of an outermost object whose lists hold records; each is given as `{key: [record]}` */
  constructor(onValue: (value: unknown) => void, onBroken: () => void, unrolled: readonly string[] = []) {
    this.#onValue = onValue;
    this.#onBroken = onBroken;
    this.#unrolled = new Set(unrolled);
  }

  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#start = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (this.#inString) at = this.#string(at);
      const byte = chunk[at];
      if (byte === undefined) break;
      if (byte === lineFeed) this.#lineFeed();
      else if (byte === space || byte === tab || byte === carriageReturn) {
        if (this.#indent >= 0) this.#indent++;
      } else if (tokens[byte] === 0 && this.#state === "within") {
        this.#indent = -1;
        this.#before = byte;
      } else this.#byte(byte, at);
    }
    this.#keep();
  }

  end(): void {
    if (this.#state === "within") this.#giveUp();
    this.#state = "between";
  }

  /** Passes over a string. @returns where it ends, or where a line feed breaks it */
  #string(from: number): number {
    const chunk = this.#chunk;
    const isKey = this.#open.length === 1 && this.#unrolled.size > 0;
    let isEscaped = this.#isEscaped;
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (isEscaped) isEscaped = false;
      else if (byte === backslash) isEscaped = true;
      else if (byte === quote) {
        this.#inString = this.#isEscaped = false;
        this.#before = quote;
        if (isKey) this.#text += keyText(chunk, from, at);
        return at + 1;
      }
      if (byte === lineFeed) {
        this.#break();
        return at;
      }
    }
    this.#isEscaped = isEscaped;
    if (isKey) this.#text += keyText(chunk, from, chunk.length);
    return chunk.length;
  }

  #lineFeed(): void {
    this.#indent = 0;
    this.#lines++;
    this.#isJunkCounted = false;
    if (this.#state === "junk") this.#state = "between";
  }

  #byte(byte: number, at: number): void {
    const indent = this.#indent;
    this.#indent = -1;
    if (this.#state === "lost" && this.#mayBegin(byte, indent)) this.#state = "between";
    if (this.#state === "junk" && this.#list && (byte === comma || byte === closeList)) this.#state = "between";
    if (this.#state === "within") this.#within(byte, at, indent);
    else if (this.#state === "between") this.#between(byte, at, indent);
    if (this.#state !== "lost") this.#before = byte;
  }

  /** After something broken that went over several lines, the next begins no deeper than it did. */
  #mayBegin(byte: number, indent: number): boolean {
    if (indent < 0) return false;
    if (this.#brokeInLine || this.#column < 0) return true;
    const isFirst = byte === openObject || byte === openList || (byte === closeList && this.#list !== undefined);
    return isFirst && indent <= this.#column;
  }

  #between(byte: number, at: number, indent: number): void {
    if (byte === comma || byteOrderMark.includes(byte)) return;
    if (byte === openList && !this.#list) this.#list = { column: indent };
    else if (byte === openObject || byte === openList) this.#begin(byte, at, indent);
    else if (byte === closeList && this.#list) this.#closeList();
    else if (this.#before !== closeObject || indent >= 0) this.#junk();
    else this.#state = "junk";
  }

  #begin(byte: number, at: number, indent: number): void {
    this.#state = "within";
    this.#open = [byte];
    this.#column = indent;
    this.#lines = 0;
    this.#start = at;
  }

  #within(byte: number, at: number, indent: number): void {
    if (byte === quote) {
      this.#inString = true;
      this.#text = "";
    } else if (byte === colon) {
      if (this.#open.length === 1) this.#key = this.#text;
    } else if (byte === openObject && indent >= 0 && this.#isNext(indent)) {
      this.#giveUp(at);
      this.#state = "between";
      this.#between(byte, at, indent);
    } else if (byte === openList && this.#isUnrolled()) this.#unroll();
    else if (byte === openObject || byte === openList) this.#open.push(byte);
    else if (byte === closeObject || byte === closeList) this.#close(byte, at);
  }

  /** Does an object that begins a line begin the next value? */
  #isNext(indent: number): boolean {
    const isAside = this.#column >= 0 ? indent === this.#column : indent === (this.#list?.column ?? -1);
    if (!isAside) return false;
    const mayBelong = this.#open.at(-1) === openList && (this.#before === comma || this.#before === openList);
    if (!mayBelong || this.#isStrict) return true;
    this.#isDoubtful = true;
    return false;
  }

  #isUnrolled(): boolean {
    return (
      this.#open.length === 1 && this.#open[0] === openObject && this.#before === colon && this.#unrolled.has(this.#key)
    );
  }

  #unroll(): void {
    this.#list = { key: this.#key, column: this.#column };
    this.#forget();
    this.#state = "between";
  }

  #closeList(): void {
    const { key, column } = this.#list!;
    this.#list = undefined;
    if (key === undefined) return;
    this.#begin(openObject, 0, column);
    this.#isShell = true;
  }

  #close(byte: number, at: number): void {
    const opened = this.#open.pop();
    if (opened !== (byte === closeObject ? openObject : openList)) this.#break();
    else if (this.#open.length === 0) this.#emit(at + 1);
  }

  #emit(end: number): void {
    const isShell = this.#isShell;
    const isOverLines = this.#lines > 0;
    const bytes = this.#bytesUntil(end);
    this.#forget();
    this.#state = "between";
    if (isShell) return;
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString("utf8"));
    } catch {
      // Within a line its brackets tell where it ends; over lines, their indentation is safer.
      if (isOverLines) this.#break();
      else this.#onBroken();
      return;
    }
    const key = this.#list?.key;
    this.#onValue(key === undefined ? value : { [key]: [value] });
  }

  /** The value under way, up to where the chunk has it. */
  #bytesUntil(end: number): Buffer {
    const { buffer, byteOffset } = this.#chunk;
    const here = Buffer.from(buffer, byteOffset + this.#start, end - this.#start);
    return this.#kept.length === 0 ? here : Buffer.concat([...this.#kept, here]);
  }

  #junk(): void {
    this.#state = "junk";
    if (!this.#isJunkCounted) this.#onBroken();
    this.#isJunkCounted = true;
  }

  #break(): void {
    if (!this.#isShell) this.#onBroken();
    this.#brokeInLine = this.#lines === 0;
    this.#forget();
    this.#state = "lost";
  }

  #forget(): void {
    this.#kept = [];
    this.#keptSize = 0;
    this.#open = [];
    this.#isShell = false;
    this.#isDoubtful = false;
    this.#inString = false;
    this.#isEscaped = false;
  }

  /** The value under way goes on in the next chunk. */
  #keep(): void {
    if (this.#state !== "within" || this.#isShell) return;
    const bytes = this.#chunk.slice(this.#start);
    this.#kept.push(bytes);
    this.#keptSize += bytes.length;
    this.#start = this.#chunk.length;
    if (this.#keptSize > longestValue) this.#giveUp();
  }

  /** What could have begun a line of it is read once more as such. */
  #giveUp(end?: number): void {
    const again = this.#isDoubtful ? this.#bytesUntil(end ?? this.#start) : undefined;
    this.#break();
    if (!again) return;
    const chunk = this.#chunk;
    this.#isStrict = true;
    this.push(again.subarray(again.indexOf(lineFeed)));
    if (this.#state === "within") this.#break();
    this.#isStrict = false;
    this.#chunk = chunk;
  }
}

/** Of a key as much as is looked at. */
function keyText(chunk: Uint8Array, start: number, end: number): string {
  return Buffer.from(chunk.buffer, chunk.byteOffset + start, Math.min(end - start, longestKey)).toString("latin1");
}
