/** C2SP signed notes: a text, an empty line, and signature lines `— NAME BASE64(key id[4] ‖ signature)`. */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { HoldfastError } from "../core/index.ts";

/** Signature types: Ed25519 over the text, and the timestamped cosignature of a witness (C2SP tlog-cosignature). */
export const algorithms = { ed25519: 1, cosignature: 4 } as const;
export type Algorithm = (typeof algorithms)[keyof typeof algorithms];

export interface Verifier {
  name: string;
  /** Raw Ed25519 public key, 32 bytes. */
  publicKey: Buffer;
  algorithm: Algorithm;
}

export interface NoteSignature {
  name: string;
  /** The first four bytes of SHA-256(name ‖ "\n" ‖ type ‖ key). */
  id: Buffer;
  bytes: Buffer;
}

export interface Note {
  /** With its final newline. */
  body: string;
  signatures: NoteSignature[];
}

const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex"); // RFC 8410 section 4

export function keyId({ name, publicKey, algorithm }: Verifier): Buffer {
  const digest = createHash("sha256").update(`${name}\n`).update(Buffer.of(algorithm)).update(publicKey).digest();
  return digest.subarray(0, 4);
}

/** The verifier key text `name+id+base64(type ‖ key)`. */
export function verifierText(verifier: Verifier): string {
  const key = Buffer.concat([Buffer.of(verifier.algorithm), verifier.publicKey]).toString("base64");
  return `${verifier.name}+${keyId(verifier).toString("hex")}+${key}`;
}

/** @throws HoldfastError storage/key when it is malformed or of another type. */
export function parseVerifier(text: string, algorithm: Algorithm): Verifier {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  const key = Buffer.from(match?.[3] ?? "", "base64");
  const verifier = { name: match?.[1] ?? "", publicKey: key.subarray(1), algorithm };
  if (!match || key[0] !== algorithm || key.length !== 33 || keyId(verifier).toString("hex") !== match[2])
    throw new HoldfastError("storage/key", "The verifier key is malformed.");
  return verifier;
}

/** @throws HoldfastError storage/corrupt when there is no empty line. */
export function parseNote(text: string): Note {
  const split = text.indexOf("\n\n");
  if (split < 0) throw new HoldfastError("storage/corrupt", "A checkpoint is malformed.");
  return { body: text.slice(0, split + 1), signatures: signaturesOf(text.slice(split + 2)) };
}

export function signaturesOf(text: string): NoteSignature[] {
  return text
    .split("\n")
    .map((line) => /^— (\S+) (\S+)$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({ name: match[1]!, bytes: Buffer.from(match[2]!, "base64") }))
    .filter(({ bytes }) => bytes.length > 4)
    .map(({ name, bytes }) => ({ name, id: bytes.subarray(0, 4), bytes: bytes.subarray(4) }));
}

export function signatureLine(verifier: Verifier, signature: Uint8Array): string {
  return `— ${verifier.name} ${Buffer.concat([keyId(verifier), signature]).toString("base64")}\n`;
}

/** The signatures that say they are by this key; each is still to be checked. */
export function claimedBy(signatures: NoteSignature[], verifier: Verifier): Buffer[] {
  const id = keyId(verifier);
  return signatures.filter(({ name, id: own }) => name === verifier.name && own.equals(id)).map(({ bytes }) => bytes);
}

export function verifies(message: string, signature: Uint8Array, { publicKey }: Verifier): boolean {
  return verify(null, Buffer.from(message), ed25519PublicKey(publicKey), signature);
}

function ed25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: "der", type: "spki" });
}
