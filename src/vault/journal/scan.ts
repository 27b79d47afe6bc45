/** Walks the entries of one journal file, checking order and chain; memory is bounded by one chunk. */
import { open } from "node:fs/promises";
import { decodeHeader, type EntryHeader, leafHash, maxEntrySize } from "./entry.ts";

export interface ScannedEntry extends EntryHeader {
  /** The whole entry as stored; valid until the next batch is asked for. */
  bytes: Buffer;
  leaf: Buffer;
  at: number;
}

export interface ScanEnd {
  /** Where the good entries end. */
  end: number;
  size: number;
}

const chunkSize = 4 * 1024 * 1024;

/**
 * Yields runs of consecutive good entries from `entriesAt` on; returns where they end. The caller decides what bytes
 * behind that mean (torn write or damage).
 */
export async function* scanEntries(
  path: string,
  entriesAt: number,
  expected: { seq: number; prev: Buffer },
): AsyncGenerator<ScannedEntry[], ScanEnd> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    let { seq, prev } = expected;
    let at = entriesAt;
    for (let want = chunkSize; at < size; ) {
      const chunk = Buffer.allocUnsafe(Math.min(want, size - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      const run: ScannedEntry[] = [];
      let used = 0;
      let sound = true;
      for (;;) {
        const header = decodeHeader(chunk, used);
        if (!header || used + header.length > bytesRead) break;
        if (header.seq !== seq || !header.prev.equals(prev)) {
          sound = false;
          break;
        }
        const bytes = chunk.subarray(used, used + header.length);
        const leaf = leafHash(bytes);
        run.push({ ...header, bytes, leaf, at: at + used });
        used += header.length;
        prev = leaf;
        seq++;
      }
      if (run.length > 0) yield run;
      at += used;
      if (!sound || (used === 0 && (want >= maxEntrySize || chunk.length < want))) return { end: at, size };
      want = used === 0 ? maxEntrySize : chunkSize;
    }
    return { end: at, size };
  } finally {
    await handle.close();
  }
}
