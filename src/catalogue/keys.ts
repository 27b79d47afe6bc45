/** Rows of wrapped keys: what the journal's `keys` records amount to. */
import type { DatabaseSync } from "node:sqlite";
import type { KeyChanges, KeyTable, WrappedClinicKey, WrappedPatientKey } from "../vault/index.ts";

export class KeyRows implements KeyTable {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: DatabaseSync) {
    this.#statements = prepare(database);
  }

  rootKey(generation: number): Uint8Array | undefined {
    const row = this.#statements.root.get(generation) as { wrapped: Uint8Array | null } | undefined;
    return row?.wrapped ?? undefined;
  }

  clinicKey(tenant: string, generation: number): WrappedClinicKey | undefined {
    return this.#statements.clinic.get(tenant, generation) as unknown as WrappedClinicKey | undefined;
  }

  patientKey(number: number): WrappedPatientKey | undefined {
    const row = this.#statements.patient.get(number) as
      | { tenant: string; clinic: number; wrapped: Uint8Array | null }
      | undefined;
    if (!row) return undefined;
    const { tenant, clinic, wrapped } = row;
    return { tenant, clinic, ...(wrapped ? { wrapped } : {}) };
  }

  /** Generation of the clinic's newest key; 0 when it has none. */
  newestClinicKey(tenant: string): number {
    return (this.#statements.newest.get(tenant) as { generation: number }).generation;
  }

  /** Generation of the newest root key that the journal tells of; 0 when it tells of none. */
  newestRootKey(): number {
    return (this.#statements.newestRoot.get() as { generation: number }).generation;
  }

  /** Clinics' keys that something is wrapped by, or will be: the newest of each, and those with patients' keys under them. */
  clinicsInUse(): { tenant: string; generation: number; root: number }[] {
    return this.#statements.inUse.all() as unknown as { tenant: string; generation: number; root: number }[];
  }

  /** How many of a clinic's patients' keys there are, and how many are not under its newest key. */
  count(tenant: string): { patients: number; behind: number } {
    const row = this.#statements.count.get(this.newestClinicKey(tenant), tenant);
    return row as unknown as { patients: number; behind: number };
  }

  /** Some of a clinic's patients' keys that are not under its newest key, and are not destroyed. */
  behind(tenant: string, limit: number): { number: number; patient: Uint8Array }[] {
    const rows = this.#statements.behind.all(tenant, this.newestClinicKey(tenant), limit);
    return rows as unknown as { number: number; patient: Uint8Array }[];
  }

  /** Clinics one of whose patients' keys was destroyed, and which have the key that wrapped it still. */
  clinicsToExchange(): string[] {
    return (this.#statements.toExchange.all() as { tenant: string }[]).map(({ tenant }) => tenant);
  }

  /** Whether a clinic's key that wrapped a destroyed one is itself wrapped by this root key. */
  isRootToExchange(root: number): boolean {
    return this.#statements.rootToExchange.get(root) !== undefined;
  }

  tenants(): string[] {
    return (this.#statements.tenants.all() as { tenant: string }[]).map(({ tenant }) => tenant);
  }

  /** Number of the patient's key that is in use. */
  numberOf(patient: Uint8Array): number | undefined {
    return (this.#statements.ofPatient.get(patient) as { number: number } | undefined)?.number;
  }

  /** Keys of a patient that are not destroyed, oldest first. */
  numbersOf(patient: Uint8Array): number[] {
    return (this.#statements.allOfPatient.all(patient) as { number: number }[]).map(({ number }) => number);
  }

  /** The greatest number given so far. */
  lastNumber(): number {
    return (this.#statements.last.get() as { number: number }).number;
  }

  apply({ root, clinics = [], patients = [], destroyed = [] }: KeyChanges): void {
    const { setRoot, setClinic, setPatient, destroy } = this.#statements;
    if (root) setRoot.run(root.generation, root.wrapped === undefined ? null : bytes(root.wrapped));
    for (const { tenant, generation, root, wrapped } of clinics)
      setClinic.run(tenant, generation, root, bytes(wrapped));
    for (const { number, patient, tenant, clinic, wrapped } of patients)
      setPatient.run(number, bytes(patient), tenant, clinic, bytes(wrapped));
    for (const number of destroyed) destroy.run(number);
  }
}

const bytes = (base64: string): Buffer => Buffer.from(base64, "base64");

function prepare(database: DatabaseSync) {
  return {
    root: database.prepare("SELECT wrapped FROM root_key WHERE generation = ?"),
    newestRoot: database.prepare("SELECT coalesce(max(generation), 0) AS generation FROM root_key"),
    clinic: database.prepare("SELECT root, wrapped FROM clinic_key WHERE tenant = ? AND generation = ?"),
    newest: database.prepare("SELECT coalesce(max(generation), 0) AS generation FROM clinic_key WHERE tenant = ?"),
    tenants: database.prepare("SELECT DISTINCT tenant FROM clinic_key ORDER BY tenant"),
    patient: database.prepare("SELECT tenant, clinic, wrapped FROM patient_key WHERE number = ?"),
    ofPatient: database.prepare(
      "SELECT number FROM patient_key WHERE patient = ? AND wrapped IS NOT NULL ORDER BY number DESC LIMIT 1",
    ),
    allOfPatient: database.prepare(
      "SELECT number FROM patient_key WHERE patient = ? AND wrapped IS NOT NULL ORDER BY number",
    ),
    last: database.prepare("SELECT coalesce(max(number), 0) AS number FROM patient_key"),
    inUse: database.prepare(`
      SELECT tenant, generation, root FROM clinic_key AS key
      WHERE generation = (SELECT max(generation) FROM clinic_key AS newer WHERE newer.tenant = key.tenant)
        OR EXISTS (SELECT 1 FROM patient_key WHERE tenant = key.tenant AND clinic = generation AND wrapped IS NOT NULL)
      ORDER BY tenant, generation`),
    toExchange: database.prepare(`
      SELECT DISTINCT tenant FROM patient_key AS key
      WHERE wrapped IS NULL
        AND clinic = (SELECT max(generation) FROM clinic_key AS newest WHERE newest.tenant = key.tenant)`),
    rootToExchange: database.prepare(`
      SELECT 1 FROM patient_key AS key
        JOIN clinic_key ON clinic_key.tenant = key.tenant AND clinic_key.generation = key.clinic
      WHERE key.wrapped IS NULL AND clinic_key.root = ? LIMIT 1`),
    count: database.prepare(`
      SELECT count(*) AS patients, coalesce(sum(clinic < ?), 0) AS behind FROM patient_key
      WHERE tenant = ? AND wrapped IS NOT NULL`),
    behind: database.prepare(`
      SELECT number, patient FROM patient_key
      WHERE tenant = ? AND clinic < ? AND wrapped IS NOT NULL ORDER BY number LIMIT ?`),
    setRoot: database.prepare("INSERT OR REPLACE INTO root_key VALUES (?, ?)"),
    setClinic: database.prepare("INSERT OR REPLACE INTO clinic_key VALUES (?, ?, ?, ?)"),
    setPatient: database.prepare(`
      INSERT INTO patient_key VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (number) DO UPDATE SET clinic = excluded.clinic, wrapped = excluded.wrapped
      WHERE patient_key.wrapped IS NOT NULL`),
    destroy: database.prepare("UPDATE patient_key SET wrapped = NULL WHERE number = ?"),
  };
}
