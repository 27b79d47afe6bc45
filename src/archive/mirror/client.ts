/** The protocol thread's side of the mirror's thread. */
import { Worker } from "node:worker_threads";
import { HoldfastError } from "../../core/index.ts";
import type { FromMirror, MirrorProgress, MirrorSettings, ToMirror } from "./protocol.ts";

export interface MirrorEvents {
  /** A round failed; for the log. */
  onFailure(progress: MirrorProgress, detail: string | undefined, cause: string | undefined): void;
  /** The thread ended by a fault. */
  onFault(error: HoldfastError): void;
}

export class MirrorClient {
  readonly #worker: Worker;
  #progress: MirrorProgress;
  #closed = false;

  private constructor(worker: Worker, progress: MirrorProgress) {
    this.#worker = worker;
    this.#progress = progress;
  }

  /** Resolves when the copy can be read, with or without the origin. @throws HoldfastError storage/* */
  static async start(settings: MirrorSettings, events: MirrorEvents): Promise<MirrorClient> {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: settings });
    const ready = Promise.withResolvers<MirrorProgress>();
    let client: MirrorClient | undefined;
    worker.on("error", (cause) => {
      const { code, detail } = cause as { code?: string; detail?: string };
      const known = typeof code === "string" && code.includes("/") ? (code as HoldfastError["code"]) : "internal/error";
      const error = new HoldfastError(known, detail ?? "The mirror's thread ended.", { cause });
      ready.reject(error);
      if (client) events.onFault(error);
    });
    worker.on("message", (message: FromMirror) => {
      if (message.type === "closed") return;
      if (client) client.#progress = message.progress;
      else ready.resolve(message.progress);
      if (message.type === "progress" && message.progress.failures > 0)
        events.onFailure(message.progress, message.detail, message.cause);
    });
    client = new MirrorClient(worker, await ready.promise);
    return client;
  }

  get progress(): MirrorProgress {
    return this.#progress;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const ended = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#worker.postMessage({ type: "close" } satisfies ToMirror);
    await ended;
  }
}
