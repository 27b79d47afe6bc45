/** What a `keys` record of the journal says: keys that came, were wrapped anew, or were destroyed. Keys in base64. */
export interface KeyChanges {
  /** A new root key, under the one before. Absent after a cut: older key files open nothing that came later. */
  root?: { generation: number; wrapped?: string };
  clinics?: { tenant: string; generation: number; root: number; wrapped: string }[];
  patients?: {
    number: number;
    tenant: string;
    /** Whose it is, as a keyed hash: the record identifies nobody. */
    patient: string;
    clinic: number;
    wrapped: string;
  }[];
  /** Numbers of patients' keys. */
  destroyed?: number[];
}
