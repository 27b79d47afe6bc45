/**
 * An object record in a segment (docs/format/vault.md): a fixed header, the encrypted frames (the Part 10 header
 * first, then the data set) and the frame table. The first frame's tag authenticates header and table too. Big-endian.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { HoldfastError } from "../../core/index.ts";
import { wrappedKeySize } from "../keys/keyring.ts";

export const recordHeaderSize = 128;
export const tagSize = 16;
const tableEntrySize = 8;
const magic = 0x48464f42; // HFOB
const compressedFlag = 0x80000000;

export interface RecordHeader {
  /** Bytes of the whole record. */
  length: number;
  /** Plain bytes of the Part 10 header. */
  prefixSize: number;
  /** Plain bytes of the data set behind it; 0 when `elsewhere`. */
  bodySize: number;
  /** Frames of the data set. The prefix is one further frame before them. */
  frames: number;
  /** The same data set is stored in another record: this one holds the prefix only. */
  elsewhere: boolean;
  /** SHA-256 of the data set. */
  digest: Buffer;
  wrappedKey: Buffer;
  /** Number of the patient's key that wraps it; 0: the master key does. */
  patient: number;
}

export interface Frame {
  /** Bytes before compression. */
  plain: number;
  /** Bytes on disk, tag included. */
  stored: number;
  compressed: boolean;
}

export function encodeRecordHeader(header: RecordHeader): Buffer {
  const bytes = Buffer.alloc(recordHeaderSize);
  bytes.writeUInt32BE(magic, 0);
  bytes[4] = header.patient === 0 ? 1 : 2;
  bytes[5] = header.elsewhere ? 1 : 0;
  bytes.writeUInt32BE(header.prefixSize, 8);
  bytes.writeBigUInt64BE(BigInt(header.length), 12);
  bytes.writeBigUInt64BE(BigInt(header.bodySize), 20);
  bytes.writeUInt32BE(header.frames, 28);
  bytes.set(header.digest, 32);
  bytes.set(header.wrappedKey, 64);
  bytes.writeUInt32BE(header.patient, 124);
  return bytes;
}

/** @throws HoldfastError storage/corrupt when these are not the bytes of a record header. */
export function decodeRecordHeader(bytes: Buffer): RecordHeader {
  if (bytes.length < recordHeaderSize || bytes.readUInt32BE(0) !== magic || (bytes[4] !== 1 && bytes[4] !== 2))
    throw new HoldfastError("storage/corrupt", "No object record where one should be.");
  return {
    prefixSize: bytes.readUInt32BE(8),
    length: Number(bytes.readBigUInt64BE(12)),
    bodySize: Number(bytes.readBigUInt64BE(20)),
    frames: bytes.readUInt32BE(28),
    elsewhere: bytes[5] === 1,
    digest: bytes.subarray(32, 64),
    wrappedKey: bytes.subarray(64, 64 + wrappedKeySize),
    patient: bytes[4] === 1 ? 0 : bytes.readUInt32BE(124),
  };
}

export function encodeTable(frames: Frame[]): Buffer {
  const table = Buffer.alloc(frames.length * tableEntrySize);
  for (const [index, frame] of frames.entries()) {
    table.writeUInt32BE(frame.plain, index * tableEntrySize);
    table.writeUInt32BE((frame.stored | (frame.compressed ? compressedFlag : 0)) >>> 0, index * tableEntrySize + 4);
  }
  return table;
}

/** Bytes of the frame table of a record with so many data set frames. */
export function tableSize(frames: number): number {
  return (frames + 1) * tableEntrySize;
}

/** Not authenticated until the first frame was opened with it. */
export function decodeTable(table: Buffer): Frame[] {
  return Array.from({ length: table.length / tableEntrySize }, (_, index) => {
    const stored = table.readUInt32BE(index * tableEntrySize + 4);
    return {
      plain: table.readUInt32BE(index * tableEntrySize),
      stored: (stored & ~compressedFlag) >>> 0,
      compressed: (stored & compressedFlag) !== 0,
    };
  });
}

// Larger updates allocate pages anew each time; these stay in the allocator's reach.
const cipherStep = 32 * 1024;

/** AES-256-GCM of one frame as buffers to be written one after the other; the tag is the last. */
export function sealFrame(plain: Uint8Array, index: number, key: KeyObject, authenticated?: Buffer[]): Buffer[] {
  const cipher = createCipheriv("aes-256-gcm", key, frameNonce(index));
  if (authenticated) cipher.setAAD(Buffer.concat(authenticated));
  const parts: Buffer[] = [];
  for (let at = 0; at < plain.length; at += cipherStep) parts.push(cipher.update(plain.subarray(at, at + cipherStep)));
  cipher.final();
  parts.push(cipher.getAuthTag());
  return parts;
}

/** @throws HoldfastError storage/corrupt when the frame was altered. */
export function openFrame(stored: Buffer, index: number, key: KeyObject, authenticated?: Buffer[]): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, frameNonce(index));
  if (authenticated) decipher.setAAD(Buffer.concat(authenticated));
  decipher.setAuthTag(stored.subarray(stored.length - tagSize));
  const plain = decipher.update(stored.subarray(0, stored.length - tagSize));
  try {
    decipher.final();
  } catch (cause) {
    throw new HoldfastError("storage/corrupt", "Stored bytes do not authenticate.", { cause });
  }
  return plain;
}

/** Each record has a key of its own, so a counter makes every nonce unique. */
function frameNonce(index: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 8);
  return nonce;
}
