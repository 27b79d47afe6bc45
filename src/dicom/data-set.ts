/** A data set: elements by tag, values kept as bytes and decoded when asked for. */
import { CharacterSet, defaultCharacterSet, latin1 } from "./charset.ts";
import type { Tag, Vr } from "./dictionary/index.ts";
import { decodeNumbers, encodeNumbers, isNumeric, isText, paddingOf } from "./vr.ts";

export type Value = string | string[] | number | number[] | Uint8Array | DataSet[];

/** One data element, its value as bytes, items, fragments or a place elsewhere. */
export interface Element {
  readonly tag: Tag;
  readonly vr: Vr;
  /** The value, little endian. */
  readonly bytes?: Uint8Array;
  /** Items of a sequence. */
  readonly items?: DataSet[];
  /** Encapsulated pixel data: the offset table item first, as in the stream. */
  readonly fragments?: Uint8Array[];
  /** The value was left out; where it is, as a byte range of the (inflated) data set. */
  readonly bulk?: { offset: number; length: number };
}

const specificCharacterSet = 0x00080005;

export class DataSet implements Iterable<Element> {
  /** In ascending order of tags once `#tidy` has run; until then the last of equal tags counts. */
  #elements: Element[] = [];
  #ordered = true;
  readonly #parent: DataSet | undefined;
  #characterSet: CharacterSet | undefined;

  /** Items inherit the character set of the data set around them (PS3.5 7.5.3). */
  constructor(parent?: DataSet) {
    this.#parent = parent;
  }

  get size(): number {
    this.#tidy();
    return this.#elements.length;
  }

  get characterSet(): CharacterSet {
    this.#characterSet ??= this.#ownCharacterSet();
    return this.#characterSet;
  }

  get(tag: Tag): Element | undefined {
    const at = this.#indexOf(tag);
    return at < 0 ? undefined : this.#elements[at];
  }

  has(tag: Tag): boolean {
    return this.#indexOf(tag) >= 0;
  }

  delete(tag: Tag): void {
    const at = this.#indexOf(tag);
    if (at < 0) return;
    this.#elements = this.#elements.toSpliced(at, 1); // an iteration under way keeps its list
    if (tag === specificCharacterSet) this.#characterSet = undefined;
  }

  /** Adds or replaces an element as it is. */
  put(element: Element): this {
    const last = this.#elements.at(-1);
    if (last && element.tag <= last.tag) this.#ordered = false;
    this.#elements.push(element);
    if (element.tag === specificCharacterSet) this.#characterSet = undefined;
    return this;
  }

  /** Encodes a value; text uses this data set's character set. */
  set(tag: Tag, vr: Vr, value: Value): this {
    return this.put(this.#encoded(tag, vr, value));
  }

  /** The first value as text, without padding; undefined when absent, empty or not textual. */
  string(tag: Tag): string | undefined {
    return this.strings(tag)[0] || undefined;
  }

  /** All values as text, padding trimmed. */
  strings(tag: Tag): string[] {
    const element = this.get(tag);
    if (!element?.bytes || element.bytes.length === 0) return [];
    if (isNumeric(element.vr)) return decodeNumbers(element.vr, element.bytes).map(String);
    return this.#texts(element.vr, element.bytes);
  }

  number(tag: Tag): number | undefined {
    return this.numbers(tag)[0];
  }

  /** All values as numbers; text that is no number is left out. */
  numbers(tag: Tag): number[] {
    const element = this.get(tag);
    if (!element?.bytes || element.bytes.length === 0) return [];
    if (isNumeric(element.vr)) return decodeNumbers(element.vr, element.bytes).map(Number);
    return this.#texts(element.vr, element.bytes)
      .filter((text) => text !== "")
      .map(Number)
      .filter((value) => !Number.isNaN(value));
  }

  items(tag: Tag): DataSet[] {
    return this.get(tag)?.items ?? [];
  }

  /** Elements in ascending order of their tags. */
  [Symbol.iterator](): Iterator<Element> {
    this.#tidy();
    return this.#elements.values();
  }

  #tidy(): void {
    if (this.#ordered) return;
    const sorted = this.#elements.toSorted((a, b) => a.tag - b.tag); // stable
    this.#elements = sorted.filter((element, index) => element.tag !== sorted[index + 1]?.tag);
    this.#ordered = true;
  }

  /** Where a tag stands, or -1. */
  #indexOf(tag: Tag): number {
    this.#tidy();
    let low = 0;
    let high = this.#elements.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.#elements[middle]!.tag;
      if (found === tag) return middle;
      if (found < tag) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #texts(vr: Vr, bytes: Uint8Array): string[] {
    const text = isText(vr) ? this.characterSet.decode(bytes) : latin1(bytes);
    if (vr === "LT" || vr === "ST" || vr === "UT" || vr === "UR") return [text.slice(0, textEnd(text))];
    if (!text.includes("\\")) return [trim(text, vr)];
    return text.split("\\").map((part) => trim(part, vr));
  }

  #ownCharacterSet(): CharacterSet {
    const element = this.get(specificCharacterSet);
    if (!element?.bytes) return this.#parent?.characterSet ?? defaultCharacterSet;
    const terms = latin1(element.bytes)
      .split("\\")
      .map((term) => trim(term, "CS"));
    return new CharacterSet(terms);
  }

  #encoded(tag: Tag, vr: Vr, value: Value): Element {
    if (value instanceof Uint8Array) return { tag, vr, bytes: value };
    const list = Array.isArray(value) ? value : [value];
    if (vr === "SQ") return { tag, vr, items: list as DataSet[] };
    if (isNumeric(vr)) return { tag, vr, bytes: encodeNumbers(vr, list as (number | string)[]) };
    const text = list.join("\\");
    const bytes = isText(vr) ? this.characterSet.encode(text) : Buffer.from(text, "latin1");
    return { tag, vr, bytes: padded(bytes, vr) };
  }
}

function padded(bytes: Uint8Array, vr: Vr): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  even[bytes.length] = paddingOf(vr);
  return even;
}

function trim(text: string, vr: Vr): string {
  const end = textEnd(text);
  let start = 0;
  if (vr !== "UC") while (start < end && text.charCodeAt(start) === 32) start++;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** Where the padding begins. */
function textEnd(text: string): number {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 32 || text.charCodeAt(end - 1) === 0)) end--;
  return end;
}
