/** The process's side of the engine's thread: starts it, starts it again when it fails, and tells the listeners. */
import { Worker } from "node:worker_threads";
import { codeOf, type ErrorCode } from "../../core/index.ts";
import type { BehaviourFeed, BehaviourListener, BehaviourState, Remark } from "./feed.ts";
import { Figures } from "./figures.ts";
import type { EngineSettings, FromEngine, SnapshotPolicy, ToEngine } from "./protocol.ts";

export interface BehaviourOptions {
  dataFolder: string;
  keyFile: string;
  /** The archive's `durableEntries`. */
  durable: SharedArrayBuffer;
  /** False alerts a week that are acceptable. */
  alertsPerWeek: number;
  /** SHA-256 (hex) of ids that nobody has a reason to touch; another list begins with the whole journal again. */
  canaries?: readonly string[];
  snapshots?: SnapshotPolicy;
  /** The thread ended, or a listener failed. Nothing is lost: it is started again, from its last snapshot. */
  onTrouble?: (code: ErrorCode, error: unknown) => void;
}

export interface LiveBehaviour extends BehaviourFeed, AsyncDisposable {}

const hashSeed = 1;
const usualSnapshots: SnapshotPolicy = { events: 200_000, milliseconds: 60_000 };
/** ms between starts of a thread that fails: doubled each time up to the second. */
const [firstWait, longestWait] = [1_000, 60_000];
/** ms that a listener has at the end; what it has not dealt with comes again at the next start. */
const lastWait = 5_000;

export function startBehaviour(options: BehaviourOptions): LiveBehaviour {
  return new BehaviourClient(options);
}

class BehaviourClient implements LiveBehaviour {
  readonly #options: BehaviourOptions;
  readonly #figures = new Figures();
  readonly #durable: BigInt64Array;
  readonly #liveFrom: number;
  readonly #listeners = new Set<BehaviourListener>();
  #worker: Worker | undefined;
  #code: ErrorCode | undefined;
  #restarts = 0;
  #timer: NodeJS.Timeout | undefined;
  #told = -1;
  /** Rejects for good when a listener failed: no snapshot may pass what it has not dealt with. */
  #dealt: Promise<void> = Promise.resolve();
  readonly #ended = Promise.withResolvers<void>();
  #closing = false;

  constructor(options: BehaviourOptions) {
    this.#options = options;
    this.#durable = new BigInt64Array(options.durable);
    this.#liveFrom = Number(Atomics.load(this.#durable, 0));
    this.#start();
  }

  subscribe(listener: BehaviourListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  state(): BehaviourState {
    const figures = this.#figures;
    const position = figures.get("position");
    const at = (name: "lastEvent" | "lastAssessed" | "lastAlert") =>
      figures.get(name) > 0 ? { [name]: figures.get(name) } : {};
    return {
      running: this.#code === undefined,
      ...(this.#code === undefined ? {} : { code: this.#code }),
      restarts: this.#restarts,
      position,
      lag: Math.max(0, Number(Atomics.load(this.#durable, 0)) - position),
      events: figures.get("events"),
      failed: figures.get("failed"),
      remarks: figures.get("remarks"),
      alerts: figures.get("alerts"),
      memory: figures.get("memory"),
      snapshot: figures.get("snapshot"),
      ...at("lastEvent"),
      ...at("lastAssessed"),
      ...at("lastAlert"),
      latency: figures.latency(),
    };
  }

  /** Ends after a last snapshot, so that the next start need not replay. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    const worker = this.#worker;
    if (!worker) return;
    worker.postMessage({ type: "close" } satisfies ToEngine);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lastWait);
    });
    await Promise.race([this.#ended.promise, late]);
    clearTimeout(timer);
    await worker.terminate();
  }

  #start(): void {
    const { dataFolder, keyFile, durable, alertsPerWeek, canaries = [], snapshots = usualSnapshots } = this.#options;
    const settings = { dataFolder, keyFile, durable, alertsPerWeek, canaries, snapshots, liveFrom: this.#liveFrom };
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: { ...settings, seed: hashSeed, figures: this.#figures.memory } satisfies EngineSettings,
    });
    worker.on("message", (message: FromEngine) => this.#receive(message, worker));
    worker.once("error", (error) => this.#failed(error));
    this.#worker = worker;
    this.#code = undefined;
  }

  #failed(error: unknown): void {
    this.#code = codeOf(error);
    this.#worker = undefined;
    this.#ended.resolve();
    this.#options.onTrouble?.(this.#code, error);
    if (this.#closing) return;
    this.#timer = setTimeout(() => this.#start(), Math.min(longestWait, firstWait * 2 ** this.#restarts++));
    this.#timer.unref();
  }

  #receive(message: FromEngine, worker: Worker): void {
    if (message.type === "remarks") this.#tell(message.remarks);
    else if (message.type === "closed") this.#ended.resolve();
    else this.#keep(message.position, worker);
  }

  /** A thread that was started again repeats what its snapshot did not hold; the listeners hear it once. */
  #tell(remarks: Remark[]): void {
    const told = remarks
      .filter(({ seq }) => seq > this.#told)
      .flatMap((remark) =>
        [...this.#listeners]
          .filter(({ after = -1 }) => remark.seq > after)
          .map(async (listener) => listener.remark(remark)),
      );
    this.#told = Math.max(this.#told, remarks.at(-1)!.seq);
    this.#dealt = Promise.all([this.#dealt, ...told]).then(() => {});
    this.#dealt.then(
      () => this.#figures.add("delivered", remarks.length),
      (error) => {
        this.#figures.add("delivered", remarks.length);
        this.#options.onTrouble?.(codeOf(error), error);
      },
    );
  }

  #keep(position: number, worker: Worker): void {
    this.#dealt.then(
      () => worker.postMessage({ type: "keep", position } satisfies ToEngine),
      () => {}, // what the listener failed at comes again at the next start
    );
  }
}
