/** Answers one question from the catalogues. */
import type { CatalogueReaders } from "../../catalogue/index.ts";
import { codeOf, HoldfastError } from "../../core/index.ts";
import type { FromReader, ToReader } from "./protocol.ts";

export function answer(readers: CatalogueReaders, { call, question, tenant, parameters }: ToReader): FromReader {
  try {
    const reader = readers.of(tenant);
    if (!reader) return { call, answer: question === "query" ? { matches: [], more: false, unsupported: [] } : [] };
    const read = reader[question] as (...parameters: unknown[]) => unknown;
    return { call, answer: read.apply(reader, parameters) };
  } catch (error) {
    const detail = error instanceof HoldfastError ? error.detail : undefined;
    return { call, error: { code: codeOf(error), ...(detail ? { detail } : {}) } };
  }
}
