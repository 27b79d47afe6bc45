/**
 * Signed checkpoints: C2SP tlog-checkpoint bodies (origin, size, root) as C2SP signed notes with an Ed25519 signature.
 * Whoever has the verifier key can check, with public tools, that a journal only ever grew.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { HoldfastError } from "../../core/index.ts";

export interface Checkpoint {
  origin: string;
  size: number;
  root: Buffer;
}

const algorithmEd25519 = 1;
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex"); // RFC 8410 section 4

/** First four bytes of SHA-256(name ‖ "\n" ‖ algorithm ‖ key): the key id of signed notes. */
function keyHash(name: string, publicKey: Uint8Array): Buffer {
  const digest = createHash("sha256")
    .update(`${name}\n`)
    .update(Buffer.of(algorithmEd25519))
    .update(publicKey)
    .digest();
  return digest.subarray(0, 4);
}

/** The verifier key text `name+hash+base64(algorithm ‖ key)`. */
export function verifierKey(name: string, publicKey: Uint8Array): string {
  const key = Buffer.concat([Buffer.of(algorithmEd25519), publicKey]).toString("base64");
  return `${name}+${keyHash(name, publicKey).toString("hex")}+${key}`;
}

export function signCheckpoint(checkpoint: Checkpoint, signing: KeyObject, publicKey: Uint8Array): string {
  const body = bodyOf(checkpoint);
  const signature = Buffer.concat([keyHash(checkpoint.origin, publicKey), sign(null, Buffer.from(body), signing)]);
  return `${body}\n— ${checkpoint.origin} ${signature.toString("base64")}\n`;
}

/** @throws HoldfastError storage/corrupt when the note is malformed or not signed by the verifier key. */
export function openCheckpoint(note: string, verifier: string): Checkpoint {
  const { name, publicKey } = parseVerifier(verifier);
  const split = note.indexOf("\n\n");
  if (split < 0) throw new HoldfastError("storage/corrupt", "A checkpoint is malformed.");
  const body = note.slice(0, split + 1);
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: "der", type: "spki" });
  const wanted = keyHash(name, publicKey);
  const signed = signaturesOf(note.slice(split + 2)).some(
    (line) =>
      line.name === name &&
      line.bytes.subarray(0, 4).equals(wanted) &&
      verify(null, Buffer.from(body), key, line.bytes.subarray(4)),
  );
  if (!signed) throw new HoldfastError("storage/corrupt", "A checkpoint is not signed by this archive's key.");
  return parseBody(body, name);
}

function bodyOf(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${checkpoint.root.toString("base64")}\n`;
}

function parseBody(body: string, name: string): Checkpoint {
  const [origin, size, root] = body.split("\n");
  const bytes = Buffer.from(root ?? "", "base64");
  if (origin !== name || !/^(0|[1-9]\d*)$/.test(size ?? "") || bytes.length !== 32)
    throw new HoldfastError("storage/corrupt", "A checkpoint is malformed.");
  return { origin, size: Number(size), root: bytes };
}

function parseVerifier(verifier: string): { name: string; publicKey: Buffer } {
  const match = /^(.+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(verifier);
  const key = Buffer.from(match?.[3] ?? "", "base64");
  const publicKey = key.subarray(1);
  if (!match || key[0] !== algorithmEd25519 || publicKey.length !== 32)
    throw new HoldfastError("storage/key", "The verifier key is malformed.");
  return { name: match[1]!, publicKey };
}

function signaturesOf(text: string): { name: string; bytes: Buffer }[] {
  return text
    .split("\n")
    .map((line) => /^— (\S+) (\S+)$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({ name: match[1]!, bytes: Buffer.from(match[2]!, "base64") }));
}
