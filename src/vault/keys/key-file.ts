/** The key file: all secrets of an archive, in one place that is neither its data folder nor its replica. */
import { HoldfastError } from "../../core/index.ts";
import type { RandomBytes } from "./wrap.ts";

/** One generation of the root key. */
export interface RootKey {
  generation: number;
  /** 32 bytes, base64. */
  key: string;
}

export interface KeyFile {
  holdfast: "key";
  /** 1: without a root, so objects are wrapped by the master key. */
  version: 1 | 2;
  archive: string;
  created: string;
  /** 32 bytes, base64. Wraps journal and secrets. */
  master: string;
  /** Ed25519 seed, 32 bytes, base64. Absent in a file that only reads. */
  signing?: string;
  /** Ed25519 public key, 32 bytes, base64, in a file that only reads. */
  verifying?: string;
  /** Wraps the clinics' keys. */
  root?: RootKey;
  /** While the root is being exchanged: the new one. */
  next?: RootKey;
}

export function newKeyFile(archive: string, created: string, random: RandomBytes): KeyFile {
  const key = (): string => random(32).toString("base64");
  const root = newRootKey(1, random);
  return { holdfast: "key", version: 2, archive, created, master: key(), signing: key(), root };
}

/** What opens and verifies everything, and can sign nothing: for a mirror. */
export function readingKeyFile({ signing: _, ...file }: KeyFile, publicKey: Uint8Array): KeyFile {
  return { ...file, verifying: Buffer.from(publicKey).toString("base64") };
}

export const newRootKey = (generation: number, random: RandomBytes): RootKey => ({
  generation,
  key: random(32).toString("base64"),
});

/** @throws HoldfastError storage/key when it is none */
export function parseKeyFile(text: string): KeyFile {
  try {
    const file = JSON.parse(text) as KeyFile;
    if (file.holdfast === "key" && (file.version === 1 || file.version === 2)) return file;
  } catch {
    // Said below: the parser's own words would quote the secret.
  }
  throw new HoldfastError("storage/key", "The key file is damaged or of a newer version.");
}

export function keyBytes(base64: string): Buffer {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length !== 32) throw new HoldfastError("storage/key", "The key file is damaged.");
  return bytes;
}
