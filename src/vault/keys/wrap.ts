/** One key under another: nonce[12] ‖ AES-256-GCM(key) ‖ tag[16], what it is for authenticated (docs/format/keys.md). */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { HoldfastError } from "../../core/index.ts";

/** Random bytes; injected so that simulations are reproducible. */
export type RandomBytes = (size: number) => Buffer;

export const wrappedKeySize = 60; // nonce 12 + key 32 + tag 16
const nonceSize = 12;

export function wrapKey(under: KeyObject, key: Uint8Array, purpose: Uint8Array, nonce: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-256-gcm", under, nonce).setAAD(purpose);
  const sealed = cipher.update(key);
  cipher.final();
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
}

/** @throws HoldfastError storage/key when it was wrapped by another key or for another purpose, or altered. */
export function unwrapBytes(under: KeyObject, wrapped: Uint8Array, purpose: Uint8Array): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", under, wrapped.subarray(0, nonceSize));
  decipher.setAAD(purpose).setAuthTag(wrapped.subarray(44, wrappedKeySize));
  try {
    return Buffer.concat([decipher.update(wrapped.subarray(nonceSize, 44)), decipher.final()]);
  } catch (cause) {
    throw new HoldfastError("storage/key", "A key cannot be unwrapped.", { cause });
  }
}

/** @throws HoldfastError storage/key as `unwrapBytes` */
export function unwrapKey(under: KeyObject, wrapped: Uint8Array, purpose: Uint8Array): KeyObject {
  return createSecretKey(unwrapBytes(under, wrapped, purpose));
}
