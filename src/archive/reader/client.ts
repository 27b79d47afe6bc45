/** The protocol thread's side of the reader thread. */
import { Worker } from "node:worker_threads";
import { HoldfastError } from "../../core/index.ts";
import type { Thread } from "../thread.ts";
import type { Answer, FromReader, Parameters_, Question, ToReader } from "./protocol.ts";

/** Questions that may wait; more are refused, so that a flood of slow ones ends early. */
const maxWaiting = 1_000;

export class ReaderClient {
  readonly #worker: Thread;
  readonly #calls = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  #next = 1;

  constructor(
    catalogueFile: string,
    onDeath: (error: HoldfastError) => void,
    begin: (catalogueFile: string) => Thread = beginThread,
  ) {
    this.#worker = begin(catalogueFile);
    this.#worker.on("message", (message: FromReader) => this.#receive(message));
    this.#worker.on("error", (cause) => {
      const error = new HoldfastError("internal/error", "The reader thread ended.", { cause });
      for (const { reject } of this.#calls.values()) reject(error);
      onDeath(error);
    });
  }

  /** @throws HoldfastError request/busy when too many questions wait. */
  ask<Q extends Question>(question: Q, tenant: string | undefined, ...parameters: Parameters_<Q>): Promise<Answer<Q>> {
    if (this.#calls.size >= maxWaiting) return Promise.reject(new HoldfastError("request/busy"));
    const call = this.#next++;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      this.#worker.postMessage({ call, question, tenant, parameters } satisfies ToReader);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(message: FromReader): void {
    const waiting = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    if ("error" in message) waiting?.reject(new HoldfastError(message.error.code, message.error.detail));
    else waiting?.resolve(message.answer as never);
  }
}

const beginThread = (workerData: string): Thread => new Worker(new URL("./worker.ts", import.meta.url), { workerData });
