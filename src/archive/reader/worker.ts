/** Entry of the reader thread: one read-only connection, one question after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { CatalogueReaders } from "../../catalogue/index.ts";
import { answer } from "./answer.ts";
import type { ToReader } from "./protocol.ts";

const readers = new CatalogueReaders(workerData as string);
const port = parentPort!;

port.on("message", (message: ToReader) => port.postMessage(answer(readers, message)));
