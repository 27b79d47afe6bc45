/** Which key each patient's objects are wrapped by; a patient's first object makes it, a clinic's first patient the clinic's. */
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { CatalogueWriter, JournalRecord, StoredObject } from "../../catalogue/index.ts";
import { defaultTenant } from "../../gate/index.ts";
import {
  clinicPurpose,
  type KeyChanges,
  type Keyring,
  ObjectKeys,
  type PatientKey,
  patientPurpose,
} from "../../vault/index.ts";

/** Patients whose number is known without asking. */
const kept = 4_096;

type Identity = Pick<StoredObject, "patientId" | "issuer" | "studyUid">;

/** Whose a key is, as a keyed hash: what the journal says of keys identifies nobody. Without an ID the study stands for the patient. */
export function patientHash(
  hashKey: KeyObject,
  tenant: string | undefined,
  { patientId, issuer, studyUid }: Identity,
): Buffer {
  const named = JSON.stringify([tenant ?? defaultTenant, patientId, issuer ?? "", patientId === "" ? studyUid : ""]);
  return createHmac("sha256", hashKey).update(named).digest().subarray(0, 16);
}

export class PatientKeyring {
  readonly objectKeys: ObjectKeys;
  readonly #keyring: Keyring;
  readonly #rows: CatalogueWriter["keys"];
  readonly #hashKey: KeyObject;
  readonly #known = new Map<string, number>();

  constructor(keyring: Keyring, catalogue: CatalogueWriter) {
    this.#keyring = keyring;
    this.#rows = catalogue.keys;
    this.#hashKey = keyring.derived("patient");
    this.objectKeys = new ObjectKeys(keyring, this.#rows);
  }

  /** Undefined where the key file has no root: the master key wraps the objects. */
  batch(): KeyBatch | undefined {
    return this.#keyring.roots.size === 0
      ? undefined
      : new KeyBatch(this.#keyring, this.#rows, this.objectKeys, this.#known, this.#hashKey);
  }

  /** Whether a record under this key can still be read. */
  reads(number: number): boolean {
    return number === 0 || this.#rows.patientKey(number)?.wrapped !== undefined;
  }

  /** Numbers of a patient's keys that are not destroyed. */
  numbersOf(tenant: string | undefined, patientId: string, issuers: readonly string[]): number[] {
    const identities = ["", ...issuers].map((issuer) => ({ patientId, issuer, studyUid: "" }));
    return identities.flatMap((identity) => this.#rows.numbersOf(patientHash(this.#hashKey, tenant, identity)));
  }

  /** Keys were exchanged or destroyed. */
  forget(): void {
    this.#known.clear();
    this.objectKeys.forget();
  }
}

/** Keys of one round of the group commit. What it makes counts once its record is in the journal. */
export class KeyBatch {
  readonly #keyring: Keyring;
  readonly #rows: CatalogueWriter["keys"];
  readonly #objectKeys: ObjectKeys;
  readonly #known: Map<string, number>;
  readonly #hashKey: KeyObject;
  readonly #made = new Map<string, PatientKey>();
  readonly #clinics = new Map<string, { generation: number; key: KeyObject }>();
  readonly #changes: Required<Pick<KeyChanges, "clinics" | "patients">> = { clinics: [], patients: [] };
  #next: number | undefined;

  constructor(
    keyring: Keyring,
    rows: CatalogueWriter["keys"],
    objectKeys: ObjectKeys,
    known: Map<string, number>,
    hashKey: KeyObject,
  ) {
    this.#keyring = keyring;
    this.#rows = rows;
    this.#objectKeys = objectKeys;
    this.#known = known;
    this.#hashKey = hashKey;
  }

  of(tenant: string | undefined, identity: Identity): PatientKey {
    const { patientId, issuer, studyUid } = identity;
    const name = `${tenant ?? ""}\0${issuer ?? ""}\0${patientId}\0${patientId === "" ? studyUid : ""}`;
    const made = this.#made.get(name);
    if (made) return made;
    const known = this.#known.get(name);
    if (known !== undefined) return { number: known, key: this.#objectKeys.patientKey(known) };
    const hash = patientHash(this.#hashKey, tenant, identity);
    const number = this.#rows.numberOf(hash);
    if (number === undefined) return this.#make(name, tenant ?? defaultTenant, hash);
    if (this.#known.size >= kept) this.#known.clear();
    this.#known.set(name, number);
    return { number, key: this.#objectKeys.patientKey(number) };
  }

  /** What has to be in the journal before the objects are; nothing when no key was made. */
  records(): JournalRecord[] {
    const { clinics, patients } = this.#changes;
    return patients.length === 0 ? [] : [{ kind: "keys", ...(clinics.length > 0 ? { clinics } : {}), patients }];
  }

  #make(name: string, tenant: string, hash: Buffer): PatientKey {
    const clinic = this.#clinic(tenant);
    this.#next = (this.#next ?? this.#rows.lastNumber()) + 1;
    const number = this.#next;
    const raw = this.#keyring.freshKey();
    const purpose = patientPurpose(this.#keyring.archive, number);
    const wrapped = this.#keyring.wrap(raw, purpose, clinic.key).toString("base64");
    const patient = hash.toString("base64");
    this.#changes.patients.push({ number, tenant, patient, clinic: clinic.generation, wrapped });
    const made = { number, key: createSecretKey(raw) };
    this.#made.set(name, made);
    return made;
  }

  #clinic(tenant: string): { generation: number; key: KeyObject } {
    const known = this.#clinics.get(tenant);
    if (known) return known;
    const newest = this.#rows.newestClinicKey(tenant);
    const clinic =
      newest > 0 ? { generation: newest, key: this.#objectKeys.clinicKey(tenant, newest) } : this.#makeClinic(tenant);
    this.#clinics.set(tenant, clinic);
    return clinic;
  }

  #makeClinic(tenant: string): { generation: number; key: KeyObject } {
    const [raw, generation, root] = [this.#keyring.freshKey(), 1, this.#objectKeys.newestRoot];
    const purpose = clinicPurpose(this.#keyring.archive, tenant, generation);
    const wrapped = this.#keyring.wrap(raw, purpose, this.#objectKeys.rootKey(root)).toString("base64");
    this.#changes.clinics.push({ tenant, generation, root, wrapped });
    return { generation, key: createSecretKey(raw) };
  }
}
