/** The protocol thread's side of the reader thread. */
import { Worker } from "node:worker_threads";
import { HoldfastError } from "../../core/index.ts";
import type { Thread } from "../thread.ts";
import type { Answer, FromReader, Parameters_, Question, ToReader } from "./protocol.ts";

/** Questions that may wait; more are refused, so that a flood of slow ones ends early. */
const maxWaiting = 1_000;

interface Call {
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
  answered: Promise<unknown>;
}

export class ReaderClient {
  #worker: Thread;
  readonly #calls = new Map<number, Call>();
  readonly #onDeath: (error: HoldfastError) => void;
  readonly #begin: (catalogueFile: string) => Thread;
  #next = 1;

  constructor(
    catalogueFile: string,
    onDeath: (error: HoldfastError) => void,
    begin: (catalogueFile: string) => Thread = beginThread,
  ) {
    this.#onDeath = onDeath;
    this.#begin = begin;
    this.#worker = this.#start(catalogueFile);
  }

  /** Asks the catalogues of another file from now on. Resolves when all that was asked before is answered. */
  async moveTo(catalogueFile: string): Promise<void> {
    const before = this.#worker;
    const asked = [...this.#calls.values()].map(({ answered }) => answered);
    this.#worker = this.#start(catalogueFile);
    await Promise.allSettled(asked);
    await before.terminate();
  }

  /** @throws HoldfastError request/busy when too many questions wait. */
  ask<Q extends Question>(question: Q, tenant: string | undefined, ...parameters: Parameters_<Q>): Promise<Answer<Q>> {
    if (this.#calls.size >= maxWaiting) return Promise.reject(new HoldfastError("request/busy"));
    const call = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<Answer<Q>>();
    this.#calls.set(call, { resolve, reject, answered: promise });
    this.#worker.postMessage({ call, question, tenant, parameters } satisfies ToReader);
    return promise;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #start(catalogueFile: string): Thread {
    const worker = this.#begin(catalogueFile);
    worker.on("message", (message: FromReader) => this.#receive(message));
    worker.on("error", (cause) => {
      const error = new HoldfastError("internal/error", "The reader thread ended.", { cause });
      for (const { reject } of this.#calls.values()) reject(error);
      this.#onDeath(error);
    });
    return worker;
  }

  #receive(message: FromReader): void {
    const waiting = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    if ("error" in message) waiting?.reject(new HoldfastError(message.error.code, message.error.detail));
    else waiting?.resolve(message.answer as never);
  }
}

const beginThread = (workerData: string): Thread => new Worker(new URL("./worker.ts", import.meta.url), { workerData });
