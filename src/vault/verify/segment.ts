/** Checks the objects of one segment: every frame's seal and the SHA-256 of every data set. */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { codeOf } from "../../core/index.ts";
import type { ObjectKeys } from "../keys/object-keys.ts";
import { segmentFile } from "../layout.ts";
import { decodeRecordHeader, decodeTable, openFrame, recordHeaderSize, tableSize } from "../object/record.ts";
import type { SegmentLedger } from "./ledger.ts";
import type { Problem } from "./report.ts";

export interface SegmentCheck {
  problems: Problem[];
  /** Objects whose key was destroyed: they are there and nobody can say more. */
  erased: number;
}

const bufferSize = 8 * 1024 * 1024;

/** Problems in the order of the entries; `read` hears of bytes as they are checked. */
export async function verifySegment(
  folder: string,
  keys: ObjectKeys,
  ledger: SegmentLedger,
  read: (bytes: number) => void,
): Promise<SegmentCheck> {
  const problems: Problem[] = [];
  let erased = 0;
  const file = await open(join(folder, segmentFile(ledger.segment)), "r").catch(() => undefined);
  if (!file) {
    const entry = ledger.places[0]!;
    const message = `Segment ${ledger.segment} is missing; journal entry ${entry} is the first whose object lay there.`;
    return { problems: [{ part: "segment", entry, segment: ledger.segment, message }], erased };
  }
  try {
    const source = new Source(file, Math.min(bufferSize, (await file.stat()).size));
    for (let index = 0; index * 3 < ledger.places.length; index++) {
      const [entry, offset, length] = ledger.places.subarray(index * 3, index * 3 + 3) as unknown as [
        number,
        number,
        number,
      ];
      const digest = ledger.digests.subarray(index * 32, index * 32 + 32);
      const message = await verifyRecord(source, keys, offset, length, digest);
      if (message === erasedRecord) erased++;
      else if (message)
        problems.push({
          part: "object",
          entry,
          segment: ledger.segment,
          offset,
          message: `The object of journal entry ${entry}: ${message}`,
        });
      read(length);
    }
  } finally {
    await file.close();
  }
  return { problems, erased };
}

const erasedRecord = Symbol("erased");

async function verifyRecord(
  source: Source,
  keys: ObjectKeys,
  offset: number,
  length: number,
  digest: Uint8Array,
): Promise<string | typeof erasedRecord | undefined> {
  try {
    const headerBytes = Buffer.from(await source.read(offset, recordHeaderSize));
    const header = decodeRecordHeader(headerBytes);
    const tail = tableSize(header.frames);
    if (header.length !== length || recordHeaderSize + tail > length)
      return "its record has another length than recorded.";
    if (!header.digest.equals(digest)) return "its record is of another object.";
    const key = keys.dataKey(header);
    const table = Buffer.from(await source.read(offset + length - tail, tail));
    const frames = decodeTable(table);
    const hash = createHash("sha256");
    let at = offset + recordHeaderSize;
    for (const [index, frame] of frames.entries()) {
      const authenticated = index === 0 ? [headerBytes, table] : undefined;
      const opened = openFrame(await source.read(at, frame.stored), index, key, authenticated);
      const plain = frame.compressed ? zstdDecompressSync(opened, { maxOutputLength: frame.plain }) : opened;
      if (plain.length !== frame.plain) return "a frame has the wrong length.";
      if (index > 0) hash.update(plain);
      at += frame.stored;
    }
    if (!header.elsewhere && !hash.digest().equals(digest)) return "its bytes do not match their SHA-256.";
    return undefined;
  } catch (error) {
    return codeOf(error) === "storage/erased" ? erasedRecord : (error as Error).message;
  }
}

/** Reads a file mostly forward, through one large buffer. What it returns is valid until the next read. */
class Source {
  readonly #file: FileHandle;
  #buffer: Buffer;
  #start = 0;
  #end = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#buffer = Buffer.allocUnsafe(size);
  }

  async read(at: number, size: number): Promise<Buffer> {
    if (at >= this.#start && at + size <= this.#end)
      return this.#buffer.subarray(at - this.#start, at - this.#start + size);
    if (size > bufferSize) throw new Error("a frame is larger than the format allows.");
    if (size > this.#buffer.length) throw new Error("the segment file ends within it.");
    const far = at > this.#end || at < this.#start;
    const bytes = far && size < 4096 ? Buffer.allocUnsafe(size) : this.#buffer;
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, at);
    if (bytesRead < size) throw new Error("the segment file ends within it.");
    if (bytes === this.#buffer) {
      this.#start = at;
      this.#end = at + bytesRead;
    }
    return bytes.subarray(0, size);
  }
}
