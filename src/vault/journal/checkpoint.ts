/**
 * Signed checkpoints: C2SP tlog-checkpoint bodies (origin, size, root) as C2SP signed notes with an Ed25519 signature.
 * Whoever has the verifier key can check, with public tools, that a journal only ever grew.
 */
import { type KeyObject, sign } from "node:crypto";
import { HoldfastError } from "../../core/index.ts";
import { algorithms, claimedBy, parseNote, parseVerifier, signatureLine, verifierText, verifies } from "../note.ts";

export interface Checkpoint {
  origin: string;
  size: number;
  root: Buffer;
}

const algorithm = algorithms.ed25519;

/** The verifier key text `name+hash+base64(algorithm ‖ key)`. */
export function verifierKey(name: string, publicKey: Uint8Array): string {
  return verifierText({ name, publicKey: Buffer.from(publicKey), algorithm });
}

export function signCheckpoint(checkpoint: Checkpoint, signing: KeyObject, publicKey: Uint8Array): string {
  const body = bodyOf(checkpoint);
  const verifier = { name: checkpoint.origin, publicKey: Buffer.from(publicKey), algorithm };
  return `${body}\n${signatureLine(verifier, sign(null, Buffer.from(body), signing))}`;
}

/** @throws HoldfastError storage/corrupt when the note is malformed or not signed by the verifier key. */
export function openCheckpoint(text: string, verifierKey: string): Checkpoint {
  const verifier = parseVerifier(verifierKey, algorithm);
  const { body, signatures } = parseNote(text);
  if (!claimedBy(signatures, verifier).some((signature) => verifies(body, signature, verifier)))
    throw new HoldfastError("storage/corrupt", "A checkpoint is not signed by this archive's key.");
  const checkpoint = checkpointOf(body);
  if (checkpoint.origin !== verifier.name) throw new HoldfastError("storage/corrupt", "A checkpoint is malformed.");
  return checkpoint;
}

/** Whether it is a note, and signed by the verifier key. */
export function isCheckpoint(text: string, verifierKey: string): boolean {
  try {
    openCheckpoint(text, verifierKey);
    return true;
  } catch {
    return false;
  }
}

function bodyOf(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${checkpoint.root.toString("base64")}\n`;
}

/** What a note's body says, whoever signed it. @throws HoldfastError storage/corrupt */
export function checkpointOf(body: string): Checkpoint {
  const [origin, size, root] = body.split("\n");
  const bytes = Buffer.from(root ?? "", "base64");
  if (!origin || !/^(0|[1-9]\d{0,15})$/.test(size ?? "") || bytes.length !== 32 || bytes.toString("base64") !== root)
    throw new HoldfastError("storage/corrupt", "A checkpoint is malformed.");
  return { origin, size: Number(size), root: bytes };
}
