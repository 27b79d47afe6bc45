/** Input files: folders are walked, gzip is unpacked (by its magic number), everything is streamed in order of name. */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { HoldfastError } from "../core/index.ts";

export interface InputFile {
  path: string;
  size: number;
  /** ms since 1970. */
  modified: number;
}

const chunkSize = 1024 * 1024;

/** @throws HoldfastError request/invalid for a path that does not exist */
export async function listFiles(paths: readonly string[]): Promise<InputFile[]> {
  const files: InputFile[] = [];
  for (const path of paths) await collect(path, files);
  return files;
}

async function collect(path: string, files: InputFile[]): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new HoldfastError("request/invalid", `There is no file or folder ${path}.`);
  if (!found.isDirectory()) {
    files.push({ path, size: found.size, modified: found.mtimeMs });
    return;
  }
  for (const name of (await readdir(path)).sort()) if (!name.startsWith(".")) await collect(join(path, name), files);
}

/** The file's bytes, unpacked; `onRead` hears how many bytes have been read from disk. */
export async function* chunksOf(file: InputFile, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const raw = createReadStream(file.path, { highWaterMark: chunkSize });
  const stream: Readable = (await isGzip(file.path)) ? raw.pipe(createGunzip({ chunkSize })) : raw;
  raw.on("error", (error) => stream.destroy(error));
  for await (const chunk of stream) {
    onRead(raw.bytesRead);
    yield chunk as Uint8Array;
  }
}

async function isGzip(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { end: 1 })) {
    const [a, b] = chunk as Buffer;
    return a === 0x1f && b === 0x8b;
  }
  return false;
}
