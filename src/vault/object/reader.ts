/** Reads object records back: decrypts, decompresses and authenticates frame by frame, with random access. */

import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { HoldfastError } from "../../core/index.ts";
import type { Keyring } from "../keys/keyring.ts";
import { segmentFile } from "../layout.ts";
import {
  decodeRecordHeader,
  decodeTable,
  type Frame,
  openFrame,
  recordHeaderSize,
  tableSize,
  unwrapRecordKey,
} from "./record.ts";

export interface RecordLocation {
  segment: number;
  offset: number;
  length: number;
}

/** Records up to this size are read whole, with one read. */
const wholeRead = 320 * 1024;
const maxFrame = 4 * 1024 * 1024;
const decompress = promisify(zstdDecompress);

/** Keeps the segment files it reads open, up to a limit. */
export class RecordReader {
  readonly #folder: string;
  readonly #keyring: Keyring;
  readonly #files = new Map<number, Promise<FileHandle>>();
  readonly #maxOpen: number;

  constructor(folder: string, keyring: Keyring, maxOpen = 64) {
    this.#folder = folder;
    this.#keyring = keyring;
    this.#maxOpen = maxOpen;
  }

  /** @throws HoldfastError storage/corrupt when the record is not whole and authentic. */
  async open(location: RecordLocation): Promise<OpenRecord> {
    const { offset, length } = location;
    const file = await this.#file(location.segment);
    const whole = length <= wholeRead ? await readExactly(file, offset, length) : undefined;
    const head = whole ?? (await readExactly(file, offset, recordHeaderSize));
    const headerBytes = head.subarray(0, recordHeaderSize);
    const header = decodeRecordHeader(headerBytes);
    const tail = tableSize(header.frames);
    if (header.length !== length || recordHeaderSize + tail > length)
      throw new HoldfastError("storage/corrupt", "An object record has another length than recorded.");
    const key = unwrapRecordKey(this.#keyring, header);
    const table = whole ? whole.subarray(length - tail) : await readExactly(file, offset + length - tail, tail);
    const frames = decodeTable(table, headerBytes, key);
    const read = async (at: number, size: number): Promise<Buffer> =>
      whole ? whole.subarray(at, at + size) : readExactly(file, offset + at, size);
    return new OpenRecord(header.digest, frames, key, read);
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const file of files) await (await file).close();
  }

  #file(segment: number): Promise<FileHandle> {
    const known = this.#files.get(segment);
    this.#files.delete(segment);
    const file = known ?? open(join(this.#folder, segmentFile(segment)), "r").catch(missing);
    this.#files.set(segment, file);
    file.catch(() => this.#files.delete(segment));
    if (this.#files.size > this.#maxOpen) this.#files.delete(this.#files.keys().next().value!);
    return file;
  }
}

/** A handle dropped from the cache may still be read from; Node closes it when the last reader lets go. */
function missing(cause: NodeJS.ErrnoException): never {
  if (cause.code === "ENOENT") throw new HoldfastError("storage/corrupt", "A segment file is missing.", { cause });
  throw cause;
}

async function readExactly(file: FileHandle, at: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(bytes, done, size - done, at + done);
    if (bytesRead === 0) throw new HoldfastError("storage/corrupt", "A segment file ends within a record.");
    done += bytesRead;
  }
  return bytes;
}

export class OpenRecord {
  readonly digest: Buffer;
  readonly #frames: Frame[];
  readonly #key: Buffer;
  readonly #read: (at: number, size: number) => Promise<Buffer>;

  constructor(digest: Buffer, frames: Frame[], key: Buffer, read: (at: number, size: number) => Promise<Buffer>) {
    this.digest = digest;
    this.#frames = frames;
    this.#key = key;
    this.#read = read;
  }

  /** The Part 10 header. */
  prefix(): Promise<Buffer> {
    return this.#frame(0, recordHeaderSize);
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
    const plain = frame.compressed ? await decompress(opened, { maxOutputLength: frame.plain }) : opened;
    if (plain.length !== frame.plain) throw new HoldfastError("storage/corrupt", "A frame has the wrong length.");
    return plain;
  }
}
