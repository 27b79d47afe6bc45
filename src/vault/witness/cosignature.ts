/**
 * C2SP tlog-cosignature, version 1: a witness states that at a time this was the largest consistent tree it had seen of
 * a log. The signature is u64 seconds since 1970 ‖ Ed25519 over `cosignature/v1`, `time SECONDS` and the checkpoint.
 */
import { type KeyObject, sign } from "node:crypto";
import { type Checkpoint, checkpointOf } from "../journal/checkpoint.ts";
import { algorithms, claimedBy, parseNote, parseVerifier, signatureLine, type Verifier, verifies } from "../note.ts";

export interface Cosigned extends Checkpoint {
  /** Name of the witness. */
  witness: string;
  /** When it cosigned, ms since 1970. */
  time: number;
}

/** @throws HoldfastError storage/key when the text is no verifier key of cosignatures. */
export const witnessVerifier = (text: string): Verifier => parseVerifier(text, algorithms.cosignature);

/** A signature line. @param seconds since 1970 */
export function cosign(body: string, verifier: Verifier, key: KeyObject, seconds: number): string {
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(BigInt(seconds));
  return signatureLine(verifier, Buffer.concat([stamp, sign(null, Buffer.from(messageOf(body, seconds)), key)]));
}

/** What the witness says by this note; undefined when it has not cosigned it. The newest of several counts. */
export function openCosigned(text: string, witness: Verifier): Cosigned | undefined {
  const { body, signatures } = parseNote(text);
  const times = claimedBy(signatures, witness)
    .filter((bytes) => bytes.length === 72)
    .map((bytes) => ({ seconds: Number(bytes.readBigUInt64BE(0)), signature: bytes.subarray(8) }))
    .filter(({ seconds, signature }) => verifies(messageOf(body, seconds), signature, witness))
    .map(({ seconds }) => seconds);
  if (times.length === 0) return undefined;
  return { ...checkpointOf(body), witness: witness.name, time: Math.max(...times) * 1000 };
}

const messageOf = (body: string, seconds: number): string => `cosignature/v1\ntime ${seconds}\n${body}`;
