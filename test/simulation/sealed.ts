/**
 * What a key file opens in the hands of somebody who obeys no entry of the journal: every wrapped key that ever was is
 * tried with every key above it.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import { clinicPurpose, type KeyChanges, patientPurpose, rootPurpose } from "../../src/vault/index.ts";
import { parseKeyFile } from "../../src/vault/keys/key-file.ts";
import { unwrapBytes } from "../../src/vault/keys/wrap.ts";
import type { Entry } from "./truth.ts";

export const keyChangesOf = (entries: Entry[]): KeyChanges[] =>
  entries.map(({ record }) => record).filter((record) => record.kind === "keys");

/** Patients' keys that it opens, in hex, each with the number under which it was wrapped. */
export function openedBy(keyFile: Buffer, changes: KeyChanges[]): Map<string, number> {
  const { archive, root, next, master } = parseKeyFile(keyFile.toString());
  const known = [root?.key, next?.key, master].filter((key) => key !== undefined);
  const roots = new Opened(known.map((key) => Buffer.from(key, "base64")));
  for (let before = 0; before < roots.keys.length; ) {
    before = roots.keys.length;
    for (const { root: wrap } of changes)
      if (wrap?.wrapped !== undefined) roots.openAll(roots, wrap.wrapped, rootPurpose(archive, wrap.generation));
  }
  const clinics = new Opened();
  for (const { clinics: wraps = [] } of changes)
    for (const { tenant, generation, wrapped } of wraps)
      clinics.openAll(roots, wrapped, clinicPurpose(archive, tenant, generation));
  const found = new Map<string, number>();
  for (const { patients = [] } of changes)
    for (const { number, wrapped } of patients)
      for (const key of clinics.opens(wrapped, patientPurpose(archive, number))) found.set(key.toString("hex"), number);
  return found;
}

class Opened {
  readonly keys: KeyObject[] = [];
  readonly #seen = new Set<string>();

  constructor(known: Buffer[] = []) {
    for (const key of known) this.#add(key);
  }

  /** What these keys make of a wrapped one; nothing when none of them wrapped it. */
  opens(wrapped: string, purpose: Buffer): Buffer[] {
    return this.keys.flatMap((under) => {
      try {
        return [unwrapBytes(under, Buffer.from(wrapped, "base64"), purpose)];
      } catch {
        return [];
      }
    });
  }

  openAll(above: Opened, wrapped: string, purpose: Buffer): void {
    for (const key of above.opens(wrapped, purpose)) this.#add(key);
  }

  #add(key: Buffer): void {
    if (this.#seen.has(key.toString("hex"))) return;
    this.#seen.add(key.toString("hex"));
    this.keys.push(createSecretKey(key));
  }
}
