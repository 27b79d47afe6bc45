/** Entry of the reader thread: one read-only connection, one question after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { CatalogueReaders } from "../../catalogue/index.ts";
import { codeOf, HoldfastError } from "../../core/index.ts";
import type { FromReader, ToReader } from "./protocol.ts";

const readers = new CatalogueReaders(workerData as string);
const port = parentPort!;

port.on("message", (message: ToReader) => port.postMessage(answer(message)));

function answer({ call, question, tenant, parameters }: ToReader): FromReader {
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
