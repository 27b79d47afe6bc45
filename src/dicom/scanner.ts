/**
 * Reads a data set that arrives in chunks of any size: checks its whole structure, keeps the elements with small values
 * and notes where the large ones are. Memory is bounded whatever the stream says of itself (PS3.5 7, A.4).
 */
import { Inflate } from "fflate";
import { HoldfastError } from "../core/index.ts";
import { DataSet, type Element } from "./data-set.ts";
import type { Tag, Vr } from "./dictionary/index.ts";
import {
  type ElementHeader,
  type Encoding,
  itemEnd,
  itemTag,
  readHeader,
  sequenceEnd,
  undefinedLength,
} from "./header.ts";
import { irregularities } from "./irregular.ts";
import { transferSyntaxes } from "./uids/index.ts";
import { swapped, wordSize } from "./vr.ts";

export interface ScanLimits {
  /** Nesting of sequences. */
  maxDepth?: number;
  /** Values longer than this are left out (`bulk`), bytes. */
  maxValueSize?: number;
  /** Values kept in all, bytes; later ones are left out. */
  maxTotalSize?: number;
  /** Elements and items kept in all; more are checked but not kept. */
  maxElements?: number;
  /** How much a deflated data set may expand: times its size, and bytes on top. */
  maxExpansion?: number;
  /** Values may alias the pushed bytes: only where these live as long as the result. */
  alias?: boolean;
}

export interface PixelDataPlace {
  tag: Tag;
  vr: Vr;
  /** Byte range of the value in the (inflated) data set; for encapsulated data from the first item to the delimiter. */
  offset: number;
  length: number;
  /** Encapsulated: the offset table's item first, then the fragments. */
  fragments?: { offset: number; length: number }[];
}

export interface ScanResult {
  header: DataSet;
  /** Bytes of the (inflated) data set. */
  size: number;
  pixelData?: PixelDataPlace;
  /** Stable codes of what is unusual but readable. */
  irregular: string[];
}

/** An open data set, item, sequence or run of fragments. */
interface Level {
  kind: "elements" | "sequence" | "fragments";
  /** Where it ends, or undefined until a delimiter. */
  end: number | undefined;
  encoding: Encoding;
  dataSet: DataSet;
  /** For sequences: the items gathered; for fragments: their places or bytes. */
  items: DataSet[];
  tag: Tag;
  vr: Vr;
  start: number;
  lastTag: number;
}

const defaults = {
  maxDepth: 32,
  maxValueSize: 64 * 1024,
  maxTotalSize: 4 * 1024 * 1024,
  maxElements: 200_000,
  maxExpansion: 200,
  alias: false,
};
const expansionFloor = 64 * 1024 * 1024;
const inflateStep = 16 * 1024;
const pixelTags = new Set([0x7fe00010, 0x7fe00008, 0x7fe00009]);
const empty = Buffer.alloc(0);

export class DataSetScanner {
  readonly #limits: typeof defaults;
  readonly #root = new DataSet();
  readonly #levels: Level[];
  readonly #irregular = new Set<string>();
  readonly #inflate: Inflate | undefined;
  readonly #encapsulated: boolean;
  #carry: Buffer = empty;
  /** Offset in the data set of the next byte to read. */
  #position = 0;
  #kept = 0;
  #elements = 0;
  #received = 0;
  #inflated = false;
  #value: { element: ElementHeader; offset: number; left: number; parts: Buffer[] | undefined } | undefined;
  #pixelData: PixelDataPlace | undefined;
  #fragments: { offset: number; length: number }[] = [];
  #fragmentBytes: Uint8Array[] | undefined;

  /** @throws HoldfastError object/transfer-syntax for one that PS3.5 does not know. */
  constructor(transferSyntaxUid: string, limits: ScanLimits = {}) {
    const syntax = transferSyntaxes.get(transferSyntaxUid);
    if (!syntax) throw new HoldfastError("object/transfer-syntax");
    this.#limits = { ...defaults, ...limits };
    this.#encapsulated = syntax.encapsulated;
    const encoding = { explicit: syntax.explicit, littleEndian: syntax.littleEndian };
    this.#levels = [this.#level("elements", undefined, encoding, this.#root, 0, "SQ")];
    if (syntax.deflated) this.#inflate = this.#inflater();
  }

  /** @throws HoldfastError object/* as soon as the bytes cannot be a data set. */
  push(chunk: Uint8Array): void {
    this.#received += chunk.length;
    if (!this.#inflate) this.#scan(chunk);
    for (let at = 0; this.#inflate && at < chunk.length && !this.#inflated; at += inflateStep)
      this.#inflatePart(chunk.subarray(at, at + inflateStep), false);
  }

  /** @throws HoldfastError object/truncated when the data set is not complete. */
  end(): ScanResult {
    if (this.#inflate && !this.#inflated) this.#inflatePart(new Uint8Array(), true);
    this.#closeLevels(this.#position);
    if (this.#carry.length > 0 || this.#value || this.#levels.length > 1) throw new HoldfastError("object/truncated");
    const result: ScanResult = { header: this.#root, size: this.#position, irregular: [] };
    if (this.#pixelData) result.pixelData = this.#pixelData;
    for (const code of irregularities(this.#root, this.#pixelData, this.#encapsulated)) this.#irregular.add(code);
    result.irregular = [...this.#irregular];
    return result;
  }

  #inflater(): Inflate {
    return new Inflate((chunk, final) => {
      const limit = Math.max(expansionFloor, this.#received * this.#limits.maxExpansion);
      if (this.#position + chunk.length > limit)
        throw new HoldfastError("object/too-large", "A deflated data set expands too far.");
      this.#inflated = final;
      this.#scan(chunk);
    });
  }

  #inflatePart(part: Uint8Array, final: boolean): void {
    try {
      this.#inflate!.push(part, final);
    } catch (error) {
      if (error instanceof HoldfastError) throw error;
      throw new HoldfastError(final ? "object/truncated" : "object/transfer-syntax", undefined, { cause: error });
    }
  }

  #scan(chunk: Uint8Array): void {
    let bytes = Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length);
    if (this.#carry.length > 0) bytes = Buffer.concat([this.#carry, bytes]);
    this.#carry = empty;
    let at = 0;
    while (at < bytes.length) {
      const used = this.#value ? this.#takeValue(bytes, at) : this.#takeHeader(bytes, at);
      if (used === 0) break;
      at += used;
      this.#position += used;
      if (!this.#value) this.#closeLevels(this.#position);
    }
    if (at < bytes.length) this.#carry = Buffer.from(bytes.subarray(at));
  }

  /** Begins the element at `at`; 0 when more bytes are needed. */
  #takeHeader(bytes: Buffer, at: number): number {
    const level = this.#levels.at(-1)!;
    const header = readHeader(bytes, at, level.encoding);
    if (!header) return 0;
    const start = this.#position + header.size;
    if (level.end !== undefined && start > level.end) throw new HoldfastError("object/length");
    if (level.kind === "elements") this.#beginElement(header, level, start);
    else this.#beginItem(header, level, start);
    return header.size;
  }

  #beginElement(header: ElementHeader, level: Level, start: number): void {
    const { tag, length } = header;
    if (tag === itemEnd && level.end === undefined && this.#levels.length > 1) {
      this.#levels.pop();
      return;
    }
    if (tag >= itemTag) throw new HoldfastError("object/element", "An item delimiter outside a sequence.");
    if (tag <= level.lastTag) this.#irregular.add("order");
    level.lastTag = tag;
    if (length === undefinedLength) this.#beginUndefined(header, level, start);
    else this.#beginDefined(header, level, start);
  }

  #beginDefined(header: ElementHeader, level: Level, start: number): void {
    const { length } = header;
    if (length % 2 === 1) this.#irregular.add("length/odd");
    if (level.end !== undefined && start + length > level.end) throw new HoldfastError("object/length");
    if (header.vr === "SQ") this.#enter("sequence", start + length, level.encoding, header, start);
    else this.#beginValue(header, start, level);
  }

  /** Undefined length: a sequence, fragments of pixel data, or an unknown VR that is an implicit sequence (PS3.5 6.2.2). */
  #beginUndefined(header: ElementHeader, level: Level, start: number): void {
    const { vr, tag } = header;
    if (vr === "SQ") {
      this.#enter("sequence", undefined, level.encoding, header, start);
      return;
    }
    if (pixelTags.has(tag) && (vr === "OB" || vr === "OW" || vr === "UN")) {
      this.#fragments = [];
      this.#fragmentBytes = [];
      this.#enter("fragments", undefined, level.encoding, header, start);
      return;
    }
    if (vr !== "UN") throw new HoldfastError("object/length", "An undefined length where none may be.");
    const implicit = { explicit: false, littleEndian: true };
    this.#enter("sequence", undefined, implicit, { ...header, vr: "SQ" }, start);
  }

  #beginItem(header: ElementHeader, level: Level, start: number): void {
    const { tag, length } = header;
    if (tag === sequenceEnd && level.end === undefined) {
      this.#levels.pop();
      this.#finishLevel(level, start - header.size);
      return;
    }
    if (tag !== itemTag) throw new HoldfastError("object/element", "A sequence holds something that is no item.");
    if (level.end !== undefined && length !== undefinedLength && start + length > level.end)
      throw new HoldfastError("object/length");
    if (level.kind === "fragments") {
      if (length === undefinedLength) throw new HoldfastError("object/length");
      if (this.#fragments.length < this.#limits.maxElements) this.#fragments.push({ offset: start, length });
      this.#beginValue({ ...header, vr: "OB" }, start, level);
      return;
    }
    const item = new DataSet(level.dataSet);
    if (this.#mayKeep()) level.items.push(item);
    const end = length === undefinedLength ? undefined : start + length;
    this.#push(this.#level("elements", end, level.encoding, item, 0, "SQ"));
  }

  #enter(kind: Level["kind"], end: number | undefined, encoding: Encoding, header: ElementHeader, start: number): void {
    const parent = this.#levels.at(-1)!.dataSet;
    const level = this.#level(kind, end, encoding, parent, header.tag, header.vr);
    level.start = start;
    this.#push(level);
  }

  #push(level: Level): void {
    if (this.#levels.length > this.#limits.maxDepth * 2) throw new HoldfastError("object/depth");
    this.#levels.push(level);
  }

  #level(kind: Level["kind"], end: number | undefined, encoding: Encoding, dataSet: DataSet, tag: Tag, vr: Vr): Level {
    return { kind, end, encoding, dataSet, items: [], tag, vr, start: 0, lastTag: -1 };
  }

  /** Ends every open level whose stated end is reached. */
  #closeLevels(position: number): void {
    while (this.#levels.length > 1 && this.#levels.at(-1)!.end === position) {
      const level = this.#levels.pop()!;
      if (level.kind !== "elements") this.#finishLevel(level, position);
    }
  }

  #finishLevel(level: Level, end: number): void {
    const { tag, vr, items } = level;
    if (level.kind === "sequence") {
      if (this.#mayKeep()) level.dataSet.put({ tag, vr: "SQ", items });
      return;
    }
    const fragments = this.#fragmentBytes;
    const bulk = { offset: level.start, length: end - level.start };
    level.dataSet.put({ tag, vr, ...(fragments ? { fragments } : { bulk }) });
    if (this.#levels.length === 1) this.#pixelData = { tag, vr, ...bulk, fragments: this.#fragments };
  }

  #beginValue(header: ElementHeader, offset: number, level: Level): void {
    const { length } = header;
    const { maxValueSize, maxTotalSize } = this.#limits;
    const keep = length <= maxValueSize && this.#kept + length <= maxTotalSize && this.#mayKeep();
    if (level.kind === "elements" && this.#levels.length === 1 && pixelTags.has(header.tag))
      this.#pixelData = { tag: header.tag, vr: header.vr, offset, length };
    if (keep) this.#kept += length;
    if (!keep && level.kind === "fragments") this.#fragmentBytes = undefined;
    this.#value = { element: header, offset, left: length, parts: keep ? [] : undefined };
    if (length === 0) this.#finishValue(empty);
  }

  /** Takes what there is of the current value. */
  #takeValue(bytes: Buffer, at: number): number {
    const value = this.#value!;
    const used = Math.min(value.left, bytes.length - at);
    value.left -= used;
    const part = bytes.subarray(at, at + used);
    if (value.left > 0) {
      value.parts?.push(Buffer.from(part));
      return used;
    }
    if (!value.parts) this.#finishValue(undefined);
    else if (value.parts.length > 0) this.#finishValue(Buffer.concat([...value.parts, part]));
    else this.#finishValue(this.#limits.alias ? part : Buffer.from(part));
    return used;
  }

  #finishValue(bytes: Buffer | undefined): void {
    const { element, offset } = this.#value!;
    this.#value = undefined;
    const level = this.#levels.at(-1)!;
    if (level.kind === "fragments") {
      if (bytes) this.#fragmentBytes?.push(bytes);
      return;
    }
    if (!this.#mayKeep()) return;
    level.dataSet.put(this.#elementOf(element, offset, bytes, level.encoding.littleEndian));
  }

  #elementOf(
    { tag, vr, length }: ElementHeader,
    offset: number,
    bytes: Buffer | undefined,
    littleEndian: boolean,
  ): Element {
    if (!bytes) return { tag, vr, bulk: { offset, length } };
    const size = littleEndian ? 1 : wordSize(vr);
    return { tag, vr, bytes: size === 1 ? bytes : swapped(bytes, size) };
  }

  #mayKeep(): boolean {
    if (this.#elements++ < this.#limits.maxElements) return true;
    this.#irregular.add("elements/many");
    return false;
  }
}
