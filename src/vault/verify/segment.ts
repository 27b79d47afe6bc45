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
  const file = await open(join(folder, segmentFile(ledger.segment)), "r").catch(
    (error: NodeJS.ErrnoException) => error,
  );
  if (file instanceof Error) {
    const entry = ledger.places[0]!;
    const unread = file.code !== "ENOENT";
    const what = unread ? `cannot be read (${file.code})` : "is missing";
    const message = `Segment ${ledger.segment} ${what}; journal entry ${entry} is the first whose object lay there.`;
    const problem: Problem = { part: "segment", entry, segment: ledger.segment, message };
    return { problems: [unread ? { ...problem, unread } : problem], erased };
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
      const found = await verifyRecord(source, keys, offset, length, digest);
      const message = found instanceof Unread ? found.message : found;
      if (message === erasedRecord) erased++;
      else if (message)
        problems.push({
          part: "object",
          entry,
          segment: ledger.segment,
          offset,
          message: `The object of journal entry ${entry}: ${message}`,
          ...(found instanceof Unread ? { unread: true } : {}),
        });
      read(length);
    }
  } finally {
    await file.close();
  }
  return { problems, erased };
}

const erasedRecord = Symbol("erased");

/** The disk did not give the bytes: nothing is known of them. */
class Unread extends Error {}

async function verifyRecord(
  source: Source,
  keys: ObjectKeys,
  offset: number,
  length: number,
  digest: Uint8Array,
): Promise<string | typeof erasedRecord | Unread | undefined> {
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
    if (codeOf(error) === "storage/erased") return erasedRecord;
    const { message, syscall } = error as NodeJS.ErrnoException;
    return syscall === undefined ? message : new Unread(message);
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
