/** Reads object records back: decrypts, decompresses and authenticates frame by frame, with random access. */
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { zstdDecompress, zstdDecompressSync } from "node:zlib";
import { HoldfastError } from "../../core/index.ts";
import type { ObjectKeys } from "../keys/object-keys.ts";
import type { SegmentFiles } from "../segment/cache.ts";
import {
  decodeRecordHeader,
  decodeTable,
  type Frame,
  openFrame,
  recordHeaderSize,
  tableSize,
  tagSize,
} from "./record.ts";

/** Where a record lies: bytes `[offset, offset + length)` of a segment file. */
export interface RecordLocation {
  segment: number;
  offset: number;
  length: number;
}

/** Records up to this size are read whole, with one read. */
const wholeRead = 320 * 1024;
const maxFrame = 4 * 1024 * 1024;
/** Frames up to this many plain bytes are decompressed at once: a way to another thread costs more than they do. */
const smallFrame = 64 * 1024;
const inPool = promisify(zstdDecompress);

type ReadBytes = (at: number, size: number) => Buffer | Promise<Buffer>;

/** @throws HoldfastError storage/corrupt when the record is not whole and authentic, storage/erased when its key is gone. */
export async function openRecord(files: SegmentFiles, keys: ObjectKeys, location: RecordLocation): Promise<OpenRecord> {
  const { segment, offset, length } = location;
  const whole = length <= wholeRead ? await files.read(segment, offset, length) : undefined;
  const read: ReadBytes = whole
    ? (at, size) => whole.subarray(at, at + size)
    : (at, size) => files.read(segment, offset + at, size);
  const headerBytes = await read(0, recordHeaderSize);
  const header = decodeRecordHeader(headerBytes);
  const tail = tableSize(header.frames);
  if (header.length !== length || recordHeaderSize + header.prefixSize + tagSize + tail > length)
    throw new HoldfastError("storage/corrupt", "An object record has another length than recorded.");
  const key = keys.dataKey(header);
  const table = await read(length - tail, tail);
  const prefixFrame = await read(recordHeaderSize, header.prefixSize + tagSize);
  const prefix = openFrame(prefixFrame, 0, key, [headerBytes, table]);
  return new OpenRecord(header.digest, prefix, decodeTable(table), key, read);
}

export class OpenRecord {
  readonly digest: Buffer;
  /** The Part 10 header. */
  readonly prefix: Buffer;
  readonly #frames: Frame[];
  readonly #key: KeyObject;
  readonly #read: ReadBytes;

  constructor(digest: Buffer, prefix: Buffer, frames: Frame[], key: KeyObject, read: ReadBytes) {
    this.digest = digest;
    this.prefix = prefix;
    this.#frames = frames;
    this.#key = key;
    this.#read = read;
  }

  /** Data set bytes `[start, end)` in chunks of a frame. */
  async *body(start = 0, end = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
    let at = recordHeaderSize + this.#frames[0]!.stored;
    let position = 0;
    for (let index = 1; index < this.#frames.length && position < end; index++) {
      const frame = this.#frames[index]!;
      if (position + frame.plain > start) {
        const plain = await this.#frame(index, at);
        yield plain.subarray(Math.max(0, start - position), Math.min(frame.plain, end - position));
      }
      position += frame.plain;
      at += frame.stored;
    }
  }

  async #frame(index: number, at: number): Promise<Buffer> {
    const frame = this.#frames[index]!;
    if (frame.plain > maxFrame || frame.stored > maxFrame + 16)
      throw new HoldfastError("storage/corrupt", "A frame is larger than the format allows.");
    const opened = openFrame(await this.#read(at, frame.stored), index, this.#key);
    const plain = frame.compressed ? await decompress(opened, frame.plain) : opened;
    if (plain.length !== frame.plain) throw new HoldfastError("storage/corrupt", "A frame has the wrong length.");
    return plain;
  }
}

function decompress(bytes: Buffer, plain: number): Buffer | Promise<Buffer> {
  const limit = { maxOutputLength: plain };
  return plain <= smallFrame ? zstdDecompressSync(bytes, limit) : inPool(bytes, limit);
}
