/** Segment files open for reading, up to a limit; one in use is never closed. */
import { read } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import type { SegmentPart } from "../arrivals.ts";
import { segmentFile } from "../layout.ts";

interface Entry {
  handle: Promise<FileHandle>;
  users: number;
  dropped: boolean;
}

export class SegmentFiles {
  readonly #folder: string;
  readonly #entries = new Map<number, Entry>();
  readonly #limit: number;
  readonly #assertHere: ((part: SegmentPart) => void) | undefined;

  /** @param assertHere of a restore under way: throws when such a part has not arrived */
  constructor(folder: string, limit = 64, assertHere?: (part: SegmentPart) => void) {
    this.#folder = folder;
    this.#limit = limit;
    this.#assertHere = assertHere;
  }

  /** Exactly `size` bytes at `at`. @throws HoldfastError storage/corrupt when the file is missing or ends before. */
  async read(segment: number, at: number, size: number): Promise<Buffer> {
    this.#assertHere?.({ segment, offset: at, length: size });
    const entry = this.#acquire(segment);
    try {
      return await readExactly(await entry.handle, at, size);
    } finally {
      entry.users--;
      if (entry.dropped) this.#closeUnused(entry);
    }
  }

  /** Of one segment, or all. */
  close(segment?: number): void {
    const those = segment === undefined ? [...this.#entries.keys()] : [segment];
    for (const each of those) if (this.#entries.has(each)) this.#drop(each);
  }

  #acquire(segment: number): Entry {
    let entry = this.#entries.get(segment);
    if (entry) {
      this.#entries.delete(segment); // the map's order is the order of last use
    } else {
      entry = { handle: open(join(this.#folder, segmentFile(segment)), "r").catch(missing), users: 0, dropped: false };
      entry.handle.catch(() => this.#entries.delete(segment));
    }
    this.#entries.set(segment, entry);
    entry.users++;
    if (this.#entries.size > this.#limit) this.#drop(this.#entries.keys().next().value!);
    return entry;
  }

  #drop(segment: number): void {
    const entry = this.#entries.get(segment)!;
    this.#entries.delete(segment);
    entry.dropped = true;
    this.#closeUnused(entry);
  }

  #closeUnused(entry: Entry): void {
    if (entry.users > 0) return;
    entry.handle.then((handle) => handle.close()).catch(() => {}); // a failed open has nothing to close
  }
}

function missing(cause: NodeJS.ErrnoException): never {
  if (cause.code === "ENOENT") throw new HoldfastError("storage/corrupt", "A segment file is missing.", { cause });
  throw cause;
}

async function readExactly(file: FileHandle, at: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  for (let done = 0; done < size; ) {
    const bytesRead = await readSome(file.fd, bytes, done, at + done);
    if (bytesRead === 0) throw new HoldfastError("storage/corrupt", "A segment file ends within a record.");
    done += bytesRead;
  }
  return bytes;
}

/** The plain call: that of the file handle costs a small read as much again. */
function readSome(file: number, bytes: Buffer, from: number, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file, bytes, from, bytes.length - from, at, (error, count) => (error ? reject(error) : resolve(count)));
  });
}
