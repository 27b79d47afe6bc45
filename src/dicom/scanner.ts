/**
 * Reads a data set that arrives in chunks of any size: checks its whole structure, keeps the elements with small values
 * and notes where the large ones are. Memory is bounded whatever the stream says of itself (PS3.5 7, A.4).
 */
import { HoldfastError } from "../core/index.ts";
import { DataSet } from "./data-set.ts";
import {
  type ElementHeader,
  type Encoding,
  emptyHeader,
  itemEnd,
  itemTag,
  readHeader,
  sequenceEnd,
  undefinedLength,
} from "./header.ts";
import { Inflater } from "./inflater.ts";
import { irregularities } from "./irregular.ts";
import { type Level, Levels, open } from "./levels.ts";
import { PixelWatch } from "./pixels.ts";
import { defaultLimits, nestedShare, type ScanLimits } from "./scan-limits.ts";
import type { PixelDataPlace, ScanResult } from "./scan-result.ts";
import { transferSyntaxes } from "./uids/index.ts";
import { Values } from "./values.ts";
import { swapped, wordSize } from "./vr.ts";

const noItems: DataSet[] = [];
const implicitEncoding: Encoding = { explicit: false, littleEndian: true };
const pixelTags = new Set([0x7fe00010, 0x7fe00008, 0x7fe00009]);
const empty = Buffer.alloc(0);

export class DataSetScanner {
  readonly #limits: Required<ScanLimits>;
  readonly #root = new DataSet();
  readonly #levels: Levels;
  readonly #irregular = new Set<string>();
  readonly #inflater: Inflater | undefined;
  readonly #encapsulated: boolean;
  readonly #values: Values;
  /** The beginning of a header whose end has not come yet. */
  #carry: Buffer = empty;
  /** Offset in the data set of the next byte to read. */
  #position = 0;
  #keptBytes = 0;
  #elements = 0;
  /** The element whose value is being read. */
  readonly #header = emptyHeader();
  #inValue = false;
  #keepValue = false;
  /** Bytes of the value still to come. */
  #left = 0;
  #pixelData: PixelDataPlace | undefined;
  readonly #pixels: PixelWatch;
  #inPixels = false;
  #fragments: { offset: number; length: number }[] = [];
  #fragmentBytes: Uint8Array[] | undefined;

  /**
   * @param onPixels called with the bytes of the frames as they pass, without item headers and offset table
   * @throws HoldfastError object/transfer-syntax for one that PS3.5 does not know.
   */
  constructor(transferSyntaxUid: string, limits: ScanLimits = {}, onPixels?: (bytes: Uint8Array) => void) {
    const syntax = transferSyntaxes.get(transferSyntaxUid);
    if (!syntax) throw new HoldfastError("object/transfer-syntax");
    this.#limits = { ...defaultLimits, ...limits };
    this.#values = new Values(this.#limits.alias);
    this.#encapsulated = syntax.encapsulated;
    this.#pixels = new PixelWatch(transferSyntaxUid, onPixels);
    this.#levels = new Levels(this.#root, syntax, this.#limits.maxDepth);
    if (syntax.deflated) this.#inflater = new Inflater(this.#limits.maxExpansion, (bytes) => this.#scan(bytes));
  }

  /** @throws HoldfastError object/* as soon as the bytes cannot be a data set. */
  push(chunk: Uint8Array): void {
    if (this.#inflater) this.#inflater.push(chunk);
    else this.#scan(chunk);
  }

  /** @throws HoldfastError object/truncated when the data set is not complete. */
  end(): ScanResult {
    this.#inflater?.end();
    if (this.#inflater && this.#inflater.trailing > 1) this.#irregular.add("deflate/trailing");
    if (this.#carry.length > 0 || this.#inValue || this.#levels.depth > 1) throw new HoldfastError("object/truncated");
    for (const code of irregularities(this.#root, this.#pixelData, this.#encapsulated, this.#pixels))
      this.#irregular.add(code);
    const result: ScanResult = { header: this.#root, size: this.#position, irregular: [...this.#irregular] };
    if (this.#pixelData) result.pixelData = this.#pixelData;
    return result;
  }

  #scan(chunk: Uint8Array): void {
    let bytes = Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length);
    if (this.#carry.length > 0) bytes = Buffer.concat([this.#carry, bytes]);
    this.#carry = empty;
    let at = 0;
    while (at < bytes.length) {
      const used = this.#inValue ? this.#takeValue(bytes, at) : this.#takeHeader(bytes, at);
      if (used === 0) break;
      at += used;
      this.#position += used;
      if (!this.#inValue && this.#position === this.#levels.top.end) this.#closeLevels();
    }
    this.#values.settle(bytes);
    if (at < bytes.length) this.#carry = Buffer.from(bytes.subarray(at));
  }

  /** Begins the element at `at`; 0 when more bytes are needed. */
  #takeHeader(bytes: Buffer, at: number): number {
    const level = this.#levels.top;
    const header = this.#header;
    if (!readHeader(bytes, at, level.encoding, header)) return 0;
    const start = this.#position + header.size;
    if (start > level.limit) throw new HoldfastError("object/length");
    if (level.kind === "elements") this.#beginElement(header, level, start);
    else this.#beginItem(header, level, start);
    return header.size;
  }

  #beginElement(header: ElementHeader, level: Level, start: number): void {
    const { tag, length } = header;
    if (tag === itemEnd && level.end === open && this.#levels.depth > 1) {
      this.#levels.leave();
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
    if (start + length > level.limit) throw new HoldfastError("object/length");
    if (header.vr === "SQ") this.#enter("sequence", header, level.encoding, start);
    else this.#beginValue(header, level, start);
  }

  /** Undefined length: a sequence, fragments of pixel data, or an unknown VR that is an implicit sequence (PS3.5 6.2.2). */
  #beginUndefined(header: ElementHeader, level: Level, start: number): void {
    const { vr, tag } = header;
    if (vr === "SQ") {
      this.#enter("sequence", header, level.encoding, start);
    } else if (pixelTags.has(tag) && (vr === "OB" || vr === "OW" || vr === "UN")) {
      this.#fragments = [];
      this.#fragmentBytes = [];
      this.#enter("fragments", header, level.encoding, start);
    } else {
      if (vr !== "UN") throw new HoldfastError("object/length", "An undefined length where none may be.");
      this.#enter("sequence", header, implicitEncoding, start);
    }
  }

  #beginItem(header: ElementHeader, level: Level, start: number): void {
    const { tag, length } = header;
    if (tag === sequenceEnd && level.end === open) {
      this.#levels.leave();
      this.#finishLevel(level, start - header.size);
      return;
    }
    if (tag !== itemTag) throw new HoldfastError("object/element", "A sequence holds something that is no item.");
    if (length !== undefinedLength && start + length > level.limit) throw new HoldfastError("object/length");
    if (level.kind === "fragments") {
      this.#beginFragment(header, level, start);
      return;
    }
    const item = new DataSet(level.dataSet);
    const kept = this.#mayKeep();
    if (kept) level.items.push(item);
    this.#levels.enter(header, {
      kind: "elements",
      encoding: level.encoding,
      dataSet: item,
      start,
      items: noItems,
      kept,
    });
  }

  #beginFragment(header: ElementHeader, level: Level, start: number): void {
    const { length } = header;
    if (length === undefinedLength) throw new HoldfastError("object/length");
    if (this.#fragments.length >= this.#limits.maxFragments)
      throw new HoldfastError("object/too-large", "Pixel Data has too many fragments.");
    this.#fragments.push({ offset: start, length });
    if (this.#levels.depth === 2) this.#pixels.fragment(this.#fragments.length === 1);
    this.#beginValue(header, level, start);
    if (!this.#keepValue) this.#fragmentBytes = undefined;
  }

  #enter(kind: "sequence" | "fragments", header: ElementHeader, encoding: Encoding, start: number): void {
    const kept = this.#mayKeep();
    this.#levels.enter(header, { kind, encoding, dataSet: this.#levels.top.dataSet, start, items: [], kept });
  }

  /** Ends every open level whose stated end is reached. */
  #closeLevels(): void {
    while (this.#levels.depth > 1 && this.#levels.top.end === this.#position) {
      const level = this.#levels.leave();
      if (level.kind !== "elements") this.#finishLevel(level, this.#position);
    }
  }

  #finishLevel({ kind, tag, vr, dataSet, items, kept, start }: Level, end: number): void {
    if (kind === "sequence") {
      if (kept) dataSet.put({ tag, vr: "SQ", items });
      return;
    }
    const bulk = { offset: start, length: end - start };
    const fragments = this.#fragmentBytes;
    if (kept) dataSet.put({ tag, vr, ...(fragments ? { fragments } : { bulk }) });
    if (this.#levels.depth === 1) this.#pixelData = { tag, vr, ...bulk, fragments: this.#fragments };
  }

  #beginValue(header: ElementHeader, level: Level, offset: number): void {
    const { tag, vr, length } = header;
    const isElement = level.kind === "elements";
    const listed = !isElement || this.#mayKeep();
    const pixels = pixelTags.has(isElement ? tag : level.tag) && this.#levels.depth === (isElement ? 1 : 2);
    this.#keepValue = listed && (!pixels || this.#limits.keepPixelData) && this.#fits(length);
    if (this.#keepValue) this.#keptBytes += length;
    else if (isElement && listed) level.dataSet.put({ tag, vr, bulk: { offset, length } });
    this.#inPixels = pixels;
    if (isElement && pixels) {
      this.#pixelData = { tag, vr, offset, length };
      this.#pixels.native();
    }
    this.#inValue = length > 0;
    this.#left = length;
    if (length === 0) this.#keep(empty);
  }

  /** Takes what there is of the current value. */
  #takeValue(bytes: Buffer, at: number): number {
    const used = Math.min(this.#left, bytes.length - at);
    const { length } = this.#header;
    this.#left -= used;
    this.#inValue = this.#left > 0;
    if (this.#inPixels) this.#pixels.bytes(bytes.subarray(at, at + used));
    if (!this.#keepValue) this.#values.settle(bytes);
    else if (used === length) this.#keepWhole(bytes, at);
    else {
      this.#values.gather(bytes.subarray(at, at + used), length);
      if (!this.#inValue) this.#keep(this.#values.gatheredBytes());
    }
    return used;
  }

  /** Keeps a value that lies in one chunk. */
  #keepWhole(bytes: Buffer, at: number): void {
    const { kind, dataSet, encoding } = this.#levels.top;
    if (kind === "elements") dataSet.put(this.#values.element(this.#header, encoding.littleEndian, bytes, at));
    else this.#fragmentBytes?.push(this.#values.bytes(this.#header.length, bytes, at));
  }

  /** Keeps a value that has its own bytes. */
  #keep(bytes: Buffer): void {
    if (!this.#keepValue) return;
    const { kind, dataSet, encoding } = this.#levels.top;
    const { tag, vr } = this.#header;
    const size = encoding.littleEndian ? 1 : wordSize(vr);
    if (kind === "elements") dataSet.put({ tag, vr, bytes: size === 1 ? bytes : swapped(bytes, size) });
    else this.#fragmentBytes?.push(bytes);
  }

  #fits(length: number): boolean {
    const { maxValueSize, maxTotalSize } = this.#limits;
    return length <= maxValueSize && this.#keptBytes + length <= maxTotalSize * this.#share();
  }

  #mayKeep(): boolean {
    if (this.#elements < this.#limits.maxElements * this.#share()) {
      this.#elements++;
      return true;
    }
    this.#irregular.add("elements/many");
    return false;
  }

  /** The elements at the top tell what the object is: those that come after a crowd of nested ones are kept as well. */
  #share(): number {
    return this.#levels.depth === 1 ? 1 : nestedShare;
  }
}
