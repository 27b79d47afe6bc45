/** The origin's side: the files of a data folder that a mirror may read, as they are at this moment. */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../core/index.ts";

/** Everything else of a data folder is a projection, or nobody else's. */
const mirrored = /^(holdfast\.json|journal\/(checkpoints|cosignatures|\d{16}\.hfj)|vault\/(\d{8}\.hfs|collected))$/;

/** Bytes read at once. */
const chunkSize = 256 * 1024;

export interface MirroredFile {
  /** Bytes that it has now; what a signed checkpoint does not count may still be taken back. */
  size: number;
  /** Bytes `[start, end)`; closes the file. */
  chunks(start: number, end: number): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** @throws HoldfastError request/not-found when there is no such file, or none that a mirror reads */
export async function openMirrored(dataFolder: string, path: string): Promise<MirroredFile> {
  if (!mirrored.test(path)) throw new HoldfastError("request/not-found");
  const handle = await open(join(dataFolder, path), "r").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new HoldfastError("request/not-found") : error;
  });
  const { size } = await handle.stat();
  return { size, chunks: (start, end) => read(handle, start, end), close: () => handle.close() };
}

async function* read(handle: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  try {
    for (let at = start; at < end; ) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkSize, end - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) throw new HoldfastError("storage/corrupt", "A file became shorter while it was read.");
      yield chunk.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
