/** Time-based one-time passwords: RFC 6238 over RFC 4226, SHA-1, six digits, steps of 30 s, as authenticator apps have them. */
import { createHmac, timingSafeEqual } from "node:crypto";

const step = 30_000; // ms
export const totpSecretSize = 20; // RFC 4226 section 4: 160 bits

export const totpStep = (time: number): number => Math.floor(time / step);

/** RFC 4226 section 5.3. */
export function totpCode(secret: Uint8Array, counter: number, digits = 6): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac("sha1", secret).update(message).digest();
  const offset = mac.at(-1)! & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, "0");
}

/**
 * The step a code belongs to: the present one or one to either side. A code of step `after` or earlier was used
 * before and counts for nothing (RFC 6238 section 5.2).
 */
export function verifyTotp(secret: Uint8Array, code: string, time: number, after: number): number | undefined {
  const given = Buffer.from(code.padEnd(6).slice(0, 6));
  let found: number | undefined;
  for (const counter of [totpStep(time) - 1, totpStep(time), totpStep(time) + 1]) {
    const fits = timingSafeEqual(Buffer.from(totpCode(secret, counter)), given);
    if (fits && counter > after) found = counter;
  }
  return code.length === 6 ? found : undefined;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648 section 6, without padding. */
export function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}

/** What authenticator apps scan (Google's Key Uri Format). */
export function totpUri(secret: Uint8Array, account: string): string {
  return `otpauth://totp/Holdfast:${encodeURIComponent(account)}?secret=${base32(secret)}&issuer=Holdfast`;
}
