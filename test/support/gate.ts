/** What tests of the gate share. */
import { type Change, type Containment, local } from "../../src/gate/index.ts";

export const byLocal: Change = { by: local(), protocol: "cli", operation: "test" };

export { openGate } from "../../src/gate/testing/index.ts";

export const containment = (id: string, more: Partial<Containment>): Containment => ({
  id,
  target: { kind: "principal", id: "peer:PEER" },
  action: "refuse",
  since: Date.now(),
  reason: "deletes many studies",
  contact: "IT, 4711",
  ...more,
});

/** RFC 4648 section 6, as `users add` prints the authenticator's secret. */
export function bytesOfBase32(text: string): Buffer {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...text].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
