/**
 * Which patients are on treatment, as far as the archive can tell from the plans and treatment records in it. Containment
 * does not hide their data from those who treat them, and does not slow its reading down.
 */

/** What speaks for a patient being on treatment; ms since 1970, when the first of it was stored within its time. */
export interface TreatmentSigns {
  tenant: string;
  patientId: string;
  /** An RT Plan or RT Ion Plan. */
  plan?: number;
  /** A treatment record. */
  record?: number;
}

/** Share of the listed patients with a record from which an archive evidently gets the records of its clinic. */
const enough = 0.5;

interface Clinic {
  /** By patient: since when. */
  since: Map<string, number>;
  records: number;
}

export class PatientsOnTreatment {
  #clinics = new Map<string, Clinic>();

  replace(signs: Iterable<TreatmentSigns>): void {
    const clinics = new Map<string, Clinic>();
    for (const { tenant, patientId, plan, record } of signs) {
      const clinic = clinics.get(tenant) ?? { since: new Map<string, number>(), records: 0 };
      clinic.since.set(patientId, Math.min(plan ?? Number.POSITIVE_INFINITY, record ?? Number.POSITIVE_INFINITY));
      if (record !== undefined) clinic.records++;
      clinics.set(tenant, clinic);
    }
    this.#clinics = clinics;
  }

  /**
   * Whether the list is to be relied on: at least half of its patients have records. Elsewhere the plans of a patient may lie
   * in another system, and whoever is not listed may be on treatment all the same.
   */
  knows(tenant: string): boolean {
    const clinic = this.#clinics.get(tenant);
    return clinic !== undefined && clinic.records > 0 && clinic.records >= enough * clinic.since.size;
  }

  /** All of them, and since before `before` (ms since 1970): nobody brings patients onto the list once contained. */
  has(tenant: string, patientIds: readonly string[], before: number): boolean {
    const since = this.#clinics.get(tenant)?.since;
    if (!since || patientIds.length === 0) return false;
    return patientIds.every((id) => (since.get(id) ?? Number.POSITIVE_INFINITY) < before);
  }

  get size(): number {
    return this.#clinics.values().reduce((sum, { since }) => sum + since.size, 0);
  }
}
