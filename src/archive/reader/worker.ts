/** Entry of the reader thread: one read-only connection, one question after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { openCatalogueReader } from "../../catalogue/index.ts";
import { codeOf, HoldfastError } from "../../core/index.ts";
import type { FromReader, ToReader } from "./protocol.ts";

const reader = openCatalogueReader(workerData as string);
const port = parentPort!;

port.on("message", ({ call, question, parameters }: ToReader) => port.postMessage(answer(call, question, parameters)));

function answer(call: number, question: ToReader["question"], parameters: unknown[]): FromReader {
  try {
    const read = reader[question] as (...parameters: unknown[]) => unknown;
    return { call, answer: read.apply(reader, parameters) };
  } catch (error) {
    const detail = error instanceof HoldfastError ? error.detail : undefined;
    return { call, error: { code: codeOf(error), ...(detail ? { detail } : {}) } };
  }
}
