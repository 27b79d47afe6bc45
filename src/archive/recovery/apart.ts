/** The journal is read on a thread of its own: a server goes on while an archive of a million objects is assessed. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type ErrorCode, HoldfastError } from "../../core/index.ts";
import type { OpenArchive } from "../open-archive.ts";
import type { Assessor } from "./assess.ts";

export interface ToAssessor {
  dataFolder: string;
  keyFile: string;
  question: keyof Assessor;
  parameters: unknown[];
}

export type FromAssessor = { answer: unknown } | { error: { code: ErrorCode; detail?: string } };

/** One at a time: each holds what the archive holds in memory, about 0.5 GB a million objects, until it has answered. */
export function assessorApart(archive: Pick<OpenArchive, "dataFolder" | "keyFile">): Assessor {
  let before: Promise<unknown> = Promise.resolve();
  const ask = <Q extends keyof Assessor>(question: Q, parameters: unknown[]): ReturnType<Assessor[Q]> => {
    const { dataFolder, keyFile } = archive;
    const next = before.then(() => askWorker({ dataFolder, keyFile, question, parameters }));
    before = next.catch(() => {});
    return next as ReturnType<Assessor[Q]>;
  };
  return {
    report: (...parameters) => ask("report", parameters),
    plan: (...parameters) => ask("plan", parameters),
    objects: (...parameters) => ask("objects", parameters),
    events: (...parameters) => ask("events", parameters),
  };
}

async function askWorker(workerData: ToAssessor): Promise<unknown> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
  try {
    const [said] = (await once(worker, "message")) as [FromAssessor];
    if ("error" in said) throw new HoldfastError(said.error.code, said.error.detail);
    return said.answer;
  } finally {
    await worker.terminate();
  }
}
