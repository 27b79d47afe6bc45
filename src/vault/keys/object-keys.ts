/**
 * From the root down to one object: root ▸ clinic ▸ patient ▸ object (docs/format/keys.md). All but the root lie wrapped
 * in the journal; a table made from it says what is wrapped by what.
 */
import type { KeyObject } from "node:crypto";
import { HoldfastError } from "../../core/index.ts";
import type { Keyring } from "./keyring.ts";
import { unwrapKey } from "./wrap.ts";

export interface WrappedClinicKey {
  /** Generation of the root key that wraps it. */
  root: number;
  wrapped: Uint8Array;
}

export interface WrappedPatientKey {
  tenant: string;
  /** Generation of the clinic's key that wraps it. */
  clinic: number;
  /** Absent: destroyed. */
  wrapped?: Uint8Array;
}

/** What the journal's `keys` records amount to. */
export interface KeyTable {
  /** A root key under the root before it: older key files open newer archives with it. */
  rootKey(generation: number): Uint8Array | undefined;
  /** 0 when the journal tells of none. */
  newestRootKey(): number;
  clinicKey(tenant: string, generation: number): WrappedClinicKey | undefined;
  patientKey(number: number): WrappedPatientKey | undefined;
}

export interface PatientKey {
  number: number;
  key: KeyObject;
}

/** Patients' keys kept open at once. */
const kept = 4_096;

export const rootPurpose = (archive: string, generation: number): Buffer =>
  Buffer.from(`root ${archive} ${generation}`);
export const clinicPurpose = (archive: string, tenant: string, generation: number): Buffer =>
  Buffer.from(`clinic ${archive} ${tenant} ${generation}`);
export const patientPurpose = (archive: string, number: number): Buffer => Buffer.from(`patient ${archive} ${number}`);
/** A data key belongs to one data set. */
export const objectPurpose = (digest: Uint8Array): Buffer => Buffer.concat([Buffer.from("object "), digest]);

export class ObjectKeys {
  readonly #keyring: Keyring;
  readonly #table: KeyTable;
  #roots: Map<number, KeyObject>;
  readonly #clinics = new Map<string, KeyObject>();
  readonly #patients = new Map<number, KeyObject>();

  constructor(keyring: Keyring, table: KeyTable) {
    this.#keyring = keyring;
    this.#table = table;
    this.#roots = new Map(keyring.roots);
  }

  /**
   * The data key of a record. `patient` 0: wrapped by the master key, as archives of format 1 did.
   * @throws HoldfastError storage/erased when the patient's key was destroyed, storage/key when this key file is too old
   */
  dataKey(header: { patient: number; digest: Uint8Array; wrappedKey: Uint8Array }): KeyObject {
    const { patient, digest, wrappedKey } = header;
    if (patient === 0) return this.#keyring.unwrap(wrappedKey, masterPurpose);
    return unwrapKey(this.patientKey(patient), wrappedKey, objectPurpose(digest));
  }

  /** @throws HoldfastError storage/erased, storage/key */
  patientKey(number: number): KeyObject {
    const known = this.#patients.get(number);
    if (known) return known;
    const found = this.#table.patientKey(number);
    if (!found) throw new HoldfastError("storage/key", "The journal has no key of this number.");
    if (!found.wrapped) throw new HoldfastError("storage/erased");
    const clinic = this.clinicKey(found.tenant, found.clinic);
    const key = unwrapKey(clinic, found.wrapped, patientPurpose(this.#keyring.archive, number));
    if (this.#patients.size >= kept) this.#patients.delete(this.#patients.keys().next().value!);
    this.#patients.set(number, key);
    return key;
  }

  /** @throws HoldfastError storage/key */
  clinicKey(tenant: string, generation: number): KeyObject {
    const name = `${tenant} ${generation}`;
    const known = this.#clinics.get(name);
    if (known) return known;
    const found = this.#table.clinicKey(tenant, generation);
    if (!found) throw new HoldfastError("storage/key", "The journal has no such key of the clinic.");
    const key = unwrapKey(
      this.rootKey(found.root),
      found.wrapped,
      clinicPurpose(this.#keyring.archive, tenant, generation),
    );
    this.#clinics.set(name, key);
    return key;
  }

  /** Generation of the root key in use: what is wrapped anew goes under it. One that only the key file has is not yet. */
  get newestRoot(): number {
    return Math.max(this.#table.newestRootKey(), this.#keyring.root);
  }

  /** @throws HoldfastError storage/key when the key file holds neither it nor one before it */
  rootKey(generation: number): KeyObject {
    const known = this.#roots.get(generation) ?? this.#keyring.roots.get(generation);
    if (known) return known;
    const oldest = Math.min(...this.#roots.keys());
    const wrapped = generation > oldest ? this.#table.rootKey(generation) : undefined;
    if (!wrapped) throw new HoldfastError("storage/key", `The key file is not of root key ${generation}.`);
    const key = unwrapKey(this.rootKey(generation - 1), wrapped, rootPurpose(this.#keyring.archive, generation));
    this.#roots.set(generation, key);
    return key;
  }

  /** Lets go of what was opened: keys were exchanged or destroyed. */
  forget(): void {
    this.#clinics.clear();
    this.#patients.clear();
  }

  /** From now on the newest root key alone is known, by which nothing opens that only an older one does. Undefined: the key file has none. */
  settle(): { generation: number; key: KeyObject } | undefined {
    const generation = this.newestRoot;
    if (generation === 0) return undefined;
    const key = this.rootKey(generation);
    this.#roots = new Map([[generation, key]]);
    this.#keyring.keepOnly(generation, key);
    this.forget();
    return { generation, key };
  }
}

/** What the data keys of archives of format 1 are wrapped for. */
export const masterPurpose = Buffer.from("object");
