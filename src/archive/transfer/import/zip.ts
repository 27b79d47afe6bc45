/**
 * The files inside a ZIP, streamed. Names inside are only shown, never used as paths, so they can lead nowhere; sizes
 * stated are enforced while inflating; entries are counted and their sizes summed before any byte is inflated.
 */
import type { Stats } from "node:fs";
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from "yauzl";
import type { Found, SourceFile } from "./source.ts";

export interface ZipLimits {
  /** Entries in one ZIP. */
  entries: number;
  /** Inflated bytes of one entry. */
  entryBytes: number;
  /** Inflated bytes of all entries, as a multiple of the ZIP's own size … */
  ratio: number;
  /** … where that exceeds this many bytes. */
  freeBytes: number;
}

export const defaultZipLimits: ZipLimits = {
  entries: 1_000_000,
  entryBytes: 4 * 1024 ** 3,
  ratio: 100,
  freeBytes: 1024 ** 3,
};

export async function* walkZip(path: string, status: Stats, limits: ZipLimits): AsyncGenerator<Found> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { autoClose: false, decodeStrings: false, validateEntrySizes: true });
  } catch (error) {
    yield refused(path, messageOf(error));
    return;
  }
  const lease = new Lease(zip);
  try {
    yield* walkEntries(zip, path, status, limits, lease);
  } catch (error) {
    yield refused(path, messageOf(error));
  } finally {
    lease.end();
  }
}

async function* walkEntries(zip: ZipFile, path: string, status: Stats, limits: ZipLimits, lease: Lease) {
  if (zip.entryCount > limits.entries) {
    yield refused(path, `holds ${zip.entryCount} entries, more than ${limits.entries}`);
    return;
  }
  const most = Math.max(limits.freeBytes, status.size * limits.ratio);
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const inside = nameOf(entry);
    if (inside.endsWith("/")) continue;
    const name = `${path} » ${inside}`;
    total += entry.uncompressedSize;
    if (total > most) {
      yield refused(path, `inflates to more than ${most} bytes; unpack it yourself if it is what it claims to be`);
      return;
    }
    if (/(^|\/)DICOMDIR$/i.test(inside)) continue;
    if (entry.isEncrypted()) yield refused(name, "is encrypted");
    else if (!entry.canDecodeFileData()) yield refused(name, "uses a compression that cannot be read");
    else if (entry.uncompressedSize > limits.entryBytes) yield refused(name, `exceeds ${limits.entryBytes} bytes`);
    else yield { file: entrySource(zip, entry, name, status, lease) };
  }
}

function entrySource(zip: ZipFile, entry: Entry, name: string, status: Stats, lease: Lease): SourceFile {
  lease.take();
  return {
    name,
    size: entry.uncompressedSize,
    stamp: `${status.size}:${status.mtimeMs}:${entry.crc32}`,
    named: false,
    read: () => inflate(zip, entry),
    done: () => lease.give(),
  };
}

async function* inflate(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  const stream = await zip.openReadStreamPromise(entry);
  try {
    yield* stream;
  } finally {
    stream.destroy();
  }
}

/** Keeps the ZIP open until the walk is over and every entry handed out was read. */
class Lease {
  readonly #zip: ZipFile;
  #held = 1;
  constructor(zip: ZipFile) {
    this.#zip = zip;
  }
  take(): void {
    this.#held++;
  }
  give(): void {
    if (--this.#held === 0) this.#zip.close();
  }
  end(): void {
    this.give();
  }
}

/** Control characters in a name must not reach the terminal. */
function nameOf(entry: Entry): string {
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileName, entry.extraFields, false);
  return name.replace(/\p{Cc}/gu, "?");
}

function refused(name: string, detail: string): Found {
  return { unreadable: { name, code: "import/zip", detail } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
