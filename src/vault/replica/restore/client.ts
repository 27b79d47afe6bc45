/** A restore that goes on while the archive is served: the thread that brings the vault, and what it tells. */
import { Worker } from "node:worker_threads";
import { type ErrorCode, HoldfastError } from "../../../core/index.ts";
import { type ArrivalMemory, Arrivals } from "../../arrivals.ts";
import type { TargetPlace } from "../place.ts";
import type { EarlyEntries } from "./early-entries.ts";

export interface ArrivingSettings {
  dataFolder: string;
  keyFile: string;
  place: TargetPlace;
  /** Number of the recovery point. */
  point: number;
}

export interface ArrivingProgress {
  /** Bytes of the vault that are here and checked, of so many. */
  bytes: number;
  of: number;
  done: boolean;
  /** Attempts that failed since a piece came. */
  failures: number;
  code?: ErrorCode;
}

export type FromArriving =
  | { type: "ready"; memory: ArrivalMemory; progress: ArrivingProgress }
  /** The journal was read once. */
  | { type: "surveyed"; early?: EarlyEntries }
  | { type: "progress"; progress: ArrivingProgress };

/** `hurry`: parts that somebody asks for. */
export type ToArriving = { type: "hurry"; parts: number[] } | { type: "close" };

type Ready = Extract<FromArriving, { type: "ready" }>;

export class ArrivingRestore {
  readonly arrivals: Arrivals;
  /** Everything is here and durable. */
  readonly done: Promise<void>;
  /** Of whom a small catalogue is made first; undefined: of nobody. */
  readonly early: Promise<EarlyEntries | undefined>;
  readonly #worker: Worker;
  #progress: ArrivingProgress;

  private constructor(
    worker: Worker,
    { memory, progress }: Ready,
    done: Promise<void>,
    early: Promise<EarlyEntries | undefined>,
  ) {
    this.#worker = worker;
    this.arrivals = new Arrivals(memory);
    this.#progress = progress;
    this.done = done;
    this.early = early;
  }

  /** Resolves when it is known what has to come. @throws HoldfastError replica/*, storage/* */
  static async start(settings: ArrivingSettings, onFailure: (code: ErrorCode) => void): Promise<ArrivingRestore> {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: settings });
    const ready = Promise.withResolvers<Ready>();
    const done = Promise.withResolvers<void>();
    const early = Promise.withResolvers<EarlyEntries | undefined>();
    let restore: ArrivingRestore | undefined;
    worker.on("error", (cause) => {
      const { code, detail } = cause as { code?: string; detail?: string };
      const known = typeof code === "string" && code.includes("/") ? (code as ErrorCode) : "internal/error";
      ready.reject(new HoldfastError(known, detail, { cause }));
      early.resolve(undefined);
      if (restore) restore.#failed(known, onFailure);
    });
    worker.on("message", (message: FromArriving) => {
      if (message.type === "ready") return ready.resolve(message);
      if (message.type === "surveyed") return early.resolve(message.early);
      early.resolve(undefined); // whatever else it tells: the reading of the journal is over
      restore!.#progress = message.progress;
      if (message.progress.done) done.resolve();
      else if (message.progress.failures > 0 && message.progress.code) onFailure(message.progress.code);
    });
    restore = new ArrivingRestore(worker, await ready.promise, done.promise, early.promise);
    return restore;
  }

  get progress(): ArrivingProgress {
    return this.#progress;
  }

  /** These parts are asked for just now. */
  hurry(parts: number[]): void {
    this.#worker.postMessage({ type: "hurry", parts } satisfies ToArriving);
  }

  /** What came stays; the next start goes on. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#worker.postMessage({ type: "close" } satisfies ToArriving);
    if (this.#worker.threadId !== -1) await ended;
  }

  #failed(code: ErrorCode, onFailure: (code: ErrorCode) => void): void {
    this.#progress = { ...this.#progress, failures: this.#progress.failures + 1, code };
    onFailure(code);
  }
}
