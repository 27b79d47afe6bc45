/** Writes one object as a Part 10 file: temporary name, length and digest checked, synced, then renamed. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { HoldfastError } from "../../../core/index.ts";
import { type DataSet, DataSetScanner } from "../../../dicom/index.ts";
import type { InstanceRef, ObjectReader } from "../../types.ts";

export interface Written {
  /** The same file was there already. */
  kept: boolean;
  bytes: number;
  /** The data set without its large values, when asked for. */
  header: DataSet | undefined;
}

/** @throws HoldfastError export/target, storage/corrupt */
export async function writeObject(path: string, reader: ObjectReader, scan: boolean): Promise<Written> {
  const { ref } = reader;
  const bytes = ref.headerSize + ref.dataSetSize;
  const there = await examine(path, ref, scan);
  if (there) return { kept: true, bytes, header: there.header };
  const check = new Check(ref, scan);
  await makeFile(path, async (file) => {
    for await (const chunk of reader.file()) {
      check.push(chunk);
      await file.writeFile(chunk);
    }
    check.end();
  });
  return { kept: false, bytes, header: check.header };
}

/** Whole or not at all: the final name appears only over complete, synced bytes. */
export async function makeFile(path: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.part`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "w");
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw cause instanceof HoldfastError ? cause : targetError(cause);
  }
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** What an earlier export left there, if it is this very object. */
async function examine(path: string, ref: InstanceRef, scan: boolean): Promise<Check | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (!status?.isFile() || status.size !== ref.headerSize + ref.dataSetSize) return undefined;
  const check = new Check(ref, scan);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) check.push(chunk);
    check.end();
    return check;
  } catch {
    return undefined;
  }
}

/** Length and SHA-256 of the data set against what the archive says of it. */
class Check {
  readonly #ref: InstanceRef;
  readonly #hash = createHash("sha256");
  readonly #scanner: DataSetScanner | undefined;
  #headerLeft: number;
  #size = 0;
  header: DataSet | undefined;

  constructor(ref: InstanceRef, scan: boolean) {
    this.#ref = ref;
    this.#headerLeft = ref.headerSize;
    this.#scanner = scan ? new DataSetScanner(ref.transferSyntaxUid) : undefined;
  }

  push(chunk: Uint8Array): void {
    const skip = Math.min(this.#headerLeft, chunk.length);
    this.#headerLeft -= skip;
    if (skip === chunk.length) return;
    const body = chunk.subarray(skip);
    this.#size += body.length;
    this.#hash.update(body);
    this.#scanner?.push(body);
  }

  /** @throws HoldfastError storage/corrupt */
  end(): void {
    if (this.#size !== this.#ref.dataSetSize || this.#hash.digest("hex") !== this.#ref.digest) {
      throw new HoldfastError("storage/corrupt", "The bytes differ from their digest.");
    }
    this.header = this.#scanner?.end().header;
  }
}

/** Folders below the one given are named after patients, so that only the system's code is told. */
function targetError(cause: unknown): HoldfastError {
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new HoldfastError(full ? "storage/full" : "export/target", `The system says ${code}.`, { cause });
}
