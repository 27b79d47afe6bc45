import type { Stats } from "node:fs";
import { open } from "node:fs/promises";
import type { SourceFile } from "./source.ts";

const chunkSize = 256 * 1024;

export function fileSource(path: string, status: Stats, named: boolean): SourceFile {
  return {
    name: path,
    size: status.size,
    stamp: `${status.size}:${status.mtimeMs}`,
    named,
    read: () => readFileChunks(path),
    done: () => {},
  };
}

/** One buffer per file, reused from chunk to chunk. */
async function* readFileChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunkSize, size)));
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
