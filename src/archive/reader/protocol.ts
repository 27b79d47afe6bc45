/** Questions to the reader thread: reads of the catalogue that may take long and must not hold up the protocols. */

import type { CatalogueReader } from "../../catalogue/index.ts";
import type { ErrorCode } from "../../core/index.ts";

export type Question = "query" | "resolve" | "versions" | "treatedPatients";

export interface ToReader {
  call: number;
  question: Question;
  /** Absent: the default one. */
  tenant: string | undefined;
  parameters: unknown[];
}

export type FromReader =
  | { call: number; answer: unknown }
  | { call: number; error: { code: ErrorCode; detail?: string } };

export type Answer<Q extends Question> = ReturnType<CatalogueReader[Q]>;
export type Parameters_<Q extends Question> = Parameters<CatalogueReader[Q]>;
