/**
 * The only file of the vault that writes to disk. Everything durable goes through here, so that one place knows the
 * rules: a write is done when all its bytes are written and fdatasync succeeded; a new name is durable when its folder
 * was synced; a final path is never written in place.
 */
import { fdatasyncSync, writevSync } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/**
 * Up to this many bytes are written and synced by the calling thread itself, which takes less than handing the work to
 * another and being told; more would keep the thread from everything else for too long.
 */
const atOnce = 8 * 1024 * 1024;

/** An append-only file. Not safe for concurrent appends: one owner, one at a time. */
export class DurableFile {
  readonly path: string;
  /** Bytes written, durable or not. */
  end: number;
  readonly #handle: FileHandle;
  #unsynced = 0;
  /** A write broke off: bytes that count for nothing may lie behind the end. */
  #frayed = false;

  private constructor(path: string, handle: FileHandle, end: number) {
    this.path = path;
    this.#handle = handle;
    this.end = end;
  }

  /** Creates a file that must not exist and makes its name durable. */
  static async create(path: string): Promise<DurableFile> {
    const handle = await open(path, "wx", 0o600);
    await syncFolder(dirname(path));
    return new DurableFile(path, handle, 0);
  }

  static async openExisting(path: string): Promise<DurableFile> {
    const handle = await open(path, "r+");
    return new DurableFile(path, handle, (await handle.stat()).size);
  }

  /** Its name is durable when it resolves, whoever made it: a process killed as it did may not have synced the folder. */
  static async openOrCreate(path: string): Promise<DurableFile> {
    try {
      const file = await DurableFile.openExisting(path);
      await syncFolder(dirname(path));
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return DurableFile.create(path);
    }
  }

  /** Appends the buffers as one run of bytes and returns where it begins. Not durable until `sync`. */
  async append(buffers: Uint8Array[]): Promise<number> {
    await this.mend();
    const start = this.end;
    let rest = buffers;
    let at = start;
    this.#frayed = true;
    while (rest.length > 0) {
      const written = writevSync(this.#handle.fd, rest, at);
      at += written;
      rest = skip(rest, written);
    }
    this.#frayed = false;
    this.end = at;
    this.#unsynced += at - start;
    return start;
  }

  /** Overwrites bytes of a file that has no final name yet (the header of a spooled object). */
  async patch(bytes: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  }

  async sync(): Promise<void> {
    if (this.#unsynced <= atOnce) fdatasyncSync(this.#handle.fd);
    else await this.#handle.datasync();
    this.#unsynced = 0;
  }

  /**
   * Makes durable what stands from `start` on, whoever wrote it. The bytes are written once more: what an earlier process
   * wrote may be in the system's cache alone, and after a sync that failed another one says nothing of it (Rebello et al.,
   * Can Applications Recover from fsync Failures?, USENIX ATC 2020).
   */
  async renew(start: number): Promise<void> {
    const bytes = Buffer.alloc(Math.min(this.end - start, atOnce));
    for (let at = start; at < this.end; ) {
      const { bytesRead } = await this.#handle.read(bytes, 0, Math.min(bytes.length, this.end - at), at);
      if (bytesRead === 0) break;
      await this.patch(bytes.subarray(0, bytesRead), at);
      at += bytesRead;
    }
    await this.#handle.datasync();
    this.#unsynced = 0;
  }

  /** Takes back bytes that were never acknowledged. */
  async truncate(end: number): Promise<void> {
    await this.#handle.truncate(end);
    await this.#handle.datasync();
    this.end = end;
    this.#frayed = false;
  }

  /** Takes back what a broken write may have left. */
  async mend(): Promise<void> {
    if (this.#frayed) await this.truncate(this.end);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** What remains of `buffers` after the first `count` bytes. */
function skip(buffers: Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  let index = 0;
  while (index < buffers.length && left >= buffers[index]!.length) {
    left -= buffers[index]!.length;
    index++;
  }
  if (left === 0) return index === 0 ? buffers : buffers.slice(index);
  return [buffers[index]!.subarray(left), ...buffers.slice(index + 1)];
}

/** Writes a small file whole or not at all: temporary name, sync, rename, folder sync. */
export async function replaceFile(path: string, bytes: Uint8Array | string, mode = 0o600): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  const handle = await open(temporary, "w", mode);
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await publish(temporary, path);
}

/** Gives a synced file its final name, durably. */
export async function publish(temporary: string, path: string): Promise<void> {
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Whether there was no room: what is there can be read, and the same may work later. */
export const isFull = (error: unknown): boolean =>
  ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");

export function unlessFull(error: unknown): void {
  if (!isFull(error)) throw error;
}

/** Removes files of one folder, durably. */
export async function removeFiles(folder: string, paths: string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
  if (paths.length > 0) await syncFolder(folder);
}

/**
 * Makes the folder and those above it that are missing; the name of each is durable in the folder above.
 * @param from this folder or one above, from which on names may be there and not be durable: made by a try that broke
 */
export async function makeFolder(path: string, from?: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  const tops = [made, from].filter((each) => each !== undefined).map((each) => resolve(each));
  if (tops.length === 0) return;
  const last = Math.min(...tops.map(({ length }) => length));
  for (let folder = resolve(path); folder.length >= last; folder = dirname(folder))
    await syncFolder(dirname(folder)).catch(unlessForbidden);
}

/** Who may not read a folder cannot sync it: whoever made it has to have. */
function unlessForbidden(error: NodeJS.ErrnoException): void {
  if (error.code !== "EACCES") throw error;
}

/** Makes the names in it durable. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
