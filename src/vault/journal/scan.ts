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

export interface Run {
  entries: ScannedEntry[];
  /** Bytes of the chunk that they fill. */
  used: number;
  /** False: what follows is another entry than the chain expects. */
  sound: boolean;
}

/** The consecutive whole entries at the start of a chunk that lies at `at` in its file. */
export function entriesOf(chunk: Buffer, at: number, expected: { seq: number; prev: Buffer }): Run {
  let { seq, prev } = expected;
  const run: Run = { entries: [], used: 0, sound: true };
  for (;;) {
    const header = decodeHeader(chunk, run.used);
    if (!header || run.used + header.length > chunk.length) return run;
    if (header.seq !== seq || !header.prev.equals(prev)) return { ...run, sound: false };
    const bytes = chunk.subarray(run.used, run.used + header.length);
    const leaf = leafHash(bytes);
    run.entries.push({ ...header, bytes, leaf, at: at + run.used });
    run.used += header.length;
    prev = leaf;
    seq++;
  }
}

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
      const { entries, used, sound } = entriesOf(chunk.subarray(0, bytesRead), at, { seq, prev });
      seq += entries.length;
      prev = entries.at(-1)?.leaf ?? prev;
      if (entries.length > 0) yield entries;
      at += used;
      if (!sound || (used === 0 && (want >= maxEntrySize || chunk.length < want))) return { end: at, size };
      want = used === 0 ? maxEntrySize : chunkSize;
    }
    return { end: at, size };
  } finally {
    await handle.close();
  }
}
