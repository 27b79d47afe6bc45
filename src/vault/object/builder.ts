/** Turns the plain bytes of one object into the parts of its record, frame by frame, as they arrive. */
import { createHash, createSecretKey, type Hash, type KeyObject } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import type { Keyring } from "../keys/keyring.ts";
import { masterPurpose, objectPurpose, type PatientKey } from "../keys/object-keys.ts";
import { encodeRecordHeader, encodeTable, type Frame, recordHeaderSize, sealFrame, tableSize } from "./record.ts";

/** Says whether compressing these bytes is worth its time now, and is told what it took. */
export interface CompressionPolicy {
  allows(bytes: number): boolean;
  spent(bytes: number): void;
}

const prefixIndex = 0;

export class ObjectBuilder {
  /** Encrypted frames of the data set not yet written anywhere. */
  pending: Buffer[] = [];
  pendingBytes = 0;
  bodySize = 0;
  readonly #hash: Hash = createHash("sha256");
  readonly #frames: Frame[] = [];
  readonly #key: KeyObject;
  /** The same, to be wrapped once it is known whose object it is. */
  readonly #raw: Buffer;
  readonly #keyring: Keyring;
  readonly #policy: CompressionPolicy;

  constructor(keyring: Keyring, policy: CompressionPolicy) {
    this.#raw = keyring.freshKey();
    this.#key = createSecretKey(this.#raw);
    this.#keyring = keyring;
    this.#policy = policy;
  }

  /** Adds the next bytes of the data set as one frame. `compressible`: not already compressed by its transfer syntax. */
  add(plain: Uint8Array, compressible: boolean): void {
    if (plain.length === 0) return;
    this.#hash.update(plain);
    this.bodySize += plain.length;
    const packed = compressible ? this.#compress(plain) : undefined;
    const parts = sealFrame(packed ?? plain, this.#frames.length + 1, this.#key);
    const stored = (packed ?? plain).length + 16;
    this.#frames.push({ plain: plain.length, stored, compressed: packed !== undefined });
    this.pending.push(...parts);
    this.pendingBytes += stored;
  }

  /** Gives the pending frames away to be written. */
  take(): Buffer[] {
    const taken = this.pending;
    this.pending = [];
    this.pendingBytes = 0;
    return taken;
  }

  digest(): Buffer {
    return this.#hash.digest();
  }

  /**
   * The parts around the frames: what precedes them (header and prefix frame) and what follows (the frame table).
   * With `elsewhere` the record holds the prefix alone and the frames are dropped. Without a patient's key the master key
   * wraps the object's.
   */
  finish(
    prefix: Uint8Array,
    digest: Buffer,
    elsewhere: boolean,
    patient: PatientKey | undefined,
  ): { head: Buffer[]; tail: Buffer; length: number } {
    const body = elsewhere ? [] : this.#frames;
    const frames = [{ plain: prefix.length, stored: prefix.length + 16, compressed: false }, ...body];
    const stored = frames.reduce((sum, frame) => sum + frame.stored, 0);
    const length = recordHeaderSize + stored + tableSize(body.length);
    const header = encodeRecordHeader({
      length,
      prefixSize: prefix.length,
      bodySize: elsewhere ? 0 : this.bodySize,
      frames: body.length,
      elsewhere,
      digest,
      wrappedKey: patient
        ? this.#keyring.wrap(this.#raw, objectPurpose(digest), patient.key)
        : this.#keyring.wrap(this.#raw, masterPurpose),
      patient: patient?.number ?? 0,
    });
    const tail = encodeTable(frames);
    return { head: [header, ...sealFrame(prefix, prefixIndex, this.#key, [header, tail])], tail, length };
  }

  #compress(plain: Uint8Array): Buffer | undefined {
    if (plain.length < 512 || !this.#policy.allows(plain.length)) return undefined;
    const packed = zstdCompressSync(plain);
    this.#policy.spent(plain.length);
    return packed.length < plain.length * 0.9 ? packed : undefined;
  }
}
