/** A table of keys made from the journal's records, in memory that threads can share: 68 bytes for each patient. */
import type { KeyChanges } from "./changes.ts";
import type { KeyTable, WrappedClinicKey, WrappedPatientKey } from "./object-keys.ts";
import { wrappedKeySize } from "./wrap.ts";

type Clinic = WrappedClinicKey & { tenant: string; generation: number };

/** What passes to another thread. */
export interface SharedKeys {
  roots: Map<number, Uint8Array>;
  clinics: Clinic[];
  patients: SharedArrayBuffer;
}

const slotSize = 8 + wrappedKeySize;
const [absent, present, destroyed] = [0, 1, 2];

export class JournaledKeys implements KeyTable {
  readonly #roots: Map<number, Uint8Array>;
  readonly #clinics: Clinic[];
  /** For each number: state, 3 bytes of nothing, u32 place of the clinic's key, the wrapped key. */
  #patients: Buffer;

  constructor(shared?: SharedKeys) {
    this.#roots = shared?.roots ?? new Map();
    this.#clinics = shared?.clinics ?? [];
    this.#patients = shared ? Buffer.from(shared.patients) : Buffer.alloc(16 * slotSize);
  }

  apply({ root, clinics = [], patients = [], destroyed: gone = [] }: KeyChanges): void {
    if (root?.wrapped !== undefined) this.#roots.set(root.generation, Buffer.from(root.wrapped, "base64"));
    for (const { tenant, generation, root, wrapped } of clinics) {
      const place = this.#clinicPlace(tenant, generation);
      const clinic = { tenant, generation, root, wrapped: Buffer.from(wrapped, "base64") };
      this.#clinics[place < 0 ? this.#clinics.length : place] = clinic;
    }
    for (const { number, tenant, clinic, wrapped } of patients) {
      const slot = this.#slot(number);
      if (slot[0] === destroyed) continue;
      slot[0] = present;
      slot.writeUInt32BE(this.#clinicPlace(tenant, clinic), 4);
      slot.set(Buffer.from(wrapped, "base64"), 8);
    }
    for (const number of gone) this.#slot(number).fill(0).writeUInt8(destroyed, 0);
  }

  rootKey(generation: number): Uint8Array | undefined {
    return this.#roots.get(generation);
  }

  newestRootKey(): number {
    return Math.max(0, ...this.#roots.keys());
  }

  clinicKey(tenant: string, generation: number): WrappedClinicKey | undefined {
    return this.#clinics[this.#clinicPlace(tenant, generation)];
  }

  patientKey(number: number): WrappedPatientKey | undefined {
    if ((number + 1) * slotSize > this.#patients.length) return undefined;
    const slot = this.#slot(number);
    if (slot[0] === absent) return undefined;
    if (slot[0] === destroyed) return { tenant: "", clinic: 0 };
    const { tenant, generation } = this.#clinics[slot.readUInt32BE(4)]!;
    return { tenant, clinic: generation, wrapped: slot.subarray(8) };
  }

  share(): SharedKeys {
    const patients = new SharedArrayBuffer(this.#patients.length);
    new Uint8Array(patients).set(this.#patients);
    return { roots: this.#roots, clinics: this.#clinics, patients };
  }

  #clinicPlace(tenant: string, generation: number): number {
    return this.#clinics.findIndex((clinic) => clinic.tenant === tenant && clinic.generation === generation);
  }

  #slot(number: number): Buffer {
    if ((number + 1) * slotSize > this.#patients.length) {
      const larger = Buffer.alloc(Math.max((number + 1) * slotSize, this.#patients.length * 2));
      larger.set(this.#patients);
      this.#patients = larger;
    }
    return this.#patients.subarray(number * slotSize, (number + 1) * slotSize);
  }
}
