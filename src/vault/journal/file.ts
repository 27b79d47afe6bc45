/**
 * A journal file: the magic, u32 length and JSON of its header, then entries back to back. The header carries the
 * chain and tree state at its start, so that opening reads the last file only.
 */
import type { KeyObject } from "node:crypto";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import type { Keyring } from "../keys/keyring.ts";
import { journalSeqOf } from "../layout.ts";
import { CompactRange } from "./merkle.ts";

const magic = Buffer.from("HFJRNL01");
const maxHeader = 64 * 1024;

export interface JournalFileHeader {
  archive: string;
  /** Sequence number of the first entry. */
  first: number;
  /** Time of the entry before the first, ms; 0 at the beginning. */
  time: number;
  /** Leaf hash of the entry before the first; zeros at the beginning. Base64. */
  prev: string;
  range: { size: number; roots: string[] };
  /** The file's data key, wrapped. Base64. */
  key: string;
}

export function encodeFileHeader(header: JournalFileHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([magic, length, json]);
}

export interface JournalFileStart {
  header: JournalFileHeader;
  range: CompactRange;
  prev: Buffer;
  /** Where the first entry begins. */
  entriesAt: number;
}

/** @throws HoldfastError storage/corrupt when the header is not one of this archive. */
export async function readFileStart(path: string, archive: string, first: number): Promise<JournalFileStart> {
  const handle = await open(path, "r");
  try {
    const bytes = Buffer.alloc(maxHeader);
    const { bytesRead } = await handle.read(bytes, 0, maxHeader, 0);
    const { header, bytes: own } = fileHeaderOf(bytes.subarray(0, bytesRead), first);
    if (header.archive !== archive || header.first !== first) throw damaged(first);
    const range = CompactRange.fromJSON(header.range);
    if (range.size !== first) throw damaged(first);
    return { header, range, prev: Buffer.from(header.prev, "base64"), entriesAt: own.length };
  } finally {
    await handle.close();
  }
}

/** The header at the beginning of a file's bytes, and how it stands there. @throws HoldfastError storage/corrupt */
export function fileHeaderOf(bytes: Buffer, first: number): { header: JournalFileHeader; bytes: Buffer } {
  const length = bytes.length >= 12 ? bytes.readUInt32BE(8) : maxHeader;
  if (!bytes.subarray(0, 8).equals(magic) || 12 + length > bytes.length) throw damaged(first);
  return { header: parse(bytes.toString("utf8", 12, 12 + length), first), bytes: bytes.subarray(0, 12 + length) };
}

function parse(json: string, first: number): JournalFileHeader {
  try {
    return JSON.parse(json) as JournalFileHeader;
  } catch {
    throw damaged(first);
  }
}

function damaged(first: number): HoldfastError {
  return new HoldfastError("storage/corrupt", `The header of the journal file of entry ${first} is damaged.`);
}

/** What a journal file's data key is wrapped for: binds it to archive and place. */
export function keyPurpose(archive: string, first: number): Buffer {
  return Buffer.from(`journal ${archive} ${first}`);
}

export function unwrapFileKey(keyring: Keyring, header: JournalFileHeader): KeyObject {
  return keyring.unwrap(Buffer.from(header.key, "base64"), keyPurpose(header.archive, header.first));
}

/** The journal files in order of their first entry. */
export async function listJournal(folder: string): Promise<{ first: number; path: string }[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error; // a disk that fails has not lost its journal
  });
  return names
    .map((name) => ({ first: journalSeqOf(name), path: join(folder, name) }))
    .filter((file): file is { first: number; path: string } => file.first !== undefined)
    .sort((a, b) => a.first - b.first);
}
