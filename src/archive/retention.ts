/** How long what is hidden stays: a clinic may have it stay longer than configured, never shorter. */

/** The collection of settings that they lie in, by tenant. */
export const retentionCollection = "retention";

export interface Retention {
  /** From the tombstone on. */
  days: number;
  setBy: string;
  /** ms since 1970. */
  since: number;
}
