/**
 * One journal entry on disk (docs/format/journal.md):
 * u32 length ‖ u64 seq ‖ u64 time ‖ u64 durable ‖ prev[32] ‖ nonce[12] ‖ AES-256-GCM(payload) ‖ tag[16], big-endian.
 * `prev` is the leaf hash of the entry before, so each entry commits to all that came earlier; `durable` is how many
 * entries were known to be on disk when this one was written, which tells a torn write from a damaged entry.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { HoldfastError } from "../../core/index.ts";
import { leafHash } from "./merkle.ts";

export const entryHeaderSize = 60;
const nonceSize = 12;
const tagSize = 16;
export const entryOverhead = entryHeaderSize + nonceSize + tagSize;
/** An entry longer than this is damage, not data. */
export const maxEntrySize = 64 * 1024 * 1024;

export interface EntryHeader {
  length: number;
  seq: number;
  /** ms since 1970 UTC; never decreases along the chain. */
  time: number;
  durable: number;
  prev: Buffer;
}

export const noEntry = Buffer.alloc(32);

export function encodeEntry(
  header: Omit<EntryHeader, "length">,
  payload: Uint8Array,
  key: KeyObject,
  nonce: Uint8Array,
): Buffer {
  const entry = Buffer.allocUnsafe(entryOverhead + payload.length);
  entry.writeUInt32BE(entry.length, 0);
  entry.writeBigUInt64BE(BigInt(header.seq), 4);
  entry.writeBigUInt64BE(BigInt(header.time), 12);
  entry.writeBigUInt64BE(BigInt(header.durable), 20);
  entry.set(header.prev, 28);
  entry.set(nonce, entryHeaderSize);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(entry.subarray(0, entryHeaderSize));
  entry.set(cipher.update(payload), entryHeaderSize + nonceSize);
  cipher.final();
  entry.set(cipher.getAuthTag(), entry.length - tagSize);
  return entry;
}

/** Reads the header at `at`; undefined when fewer bytes are there than it needs or it cannot be one. */
export function decodeHeader(bytes: Buffer, at: number): EntryHeader | undefined {
  if (at + entryOverhead > bytes.length) return undefined;
  const length = bytes.readUInt32BE(at);
  if (length < entryOverhead || length > maxEntrySize) return undefined;
  return {
    length,
    seq: Number(bytes.readBigUInt64BE(at + 4)),
    time: Number(bytes.readBigUInt64BE(at + 12)),
    durable: Number(bytes.readBigUInt64BE(at + 20)),
    prev: bytes.subarray(at + 28, at + entryHeaderSize),
  };
}

/** Decrypts one whole entry. @throws HoldfastError storage/corrupt when it was altered. */
export function decodePayload(entry: Buffer, key: KeyObject): Buffer {
  const nonce = entry.subarray(entryHeaderSize, entryHeaderSize + nonceSize);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(entry.subarray(0, entryHeaderSize));
  decipher.setAuthTag(entry.subarray(entry.length - tagSize));
  try {
    const plain = decipher.update(entry.subarray(entryHeaderSize + nonceSize, entry.length - tagSize));
    decipher.final();
    return plain;
  } catch (cause) {
    throw new HoldfastError("storage/corrupt", "A journal entry does not authenticate.", { cause });
  }
}

export { leafHash };
