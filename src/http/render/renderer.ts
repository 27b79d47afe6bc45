import { Worker } from "node:worker_threads";
import { HoldfastError } from "../../core/index.ts";
import type { HttpLimits } from "../options.ts";
import type { Answer, ImageDescription, Job, RenderRequest } from "./types.ts";

export interface Decoded {
  bytes: Uint8Array;
  photometric: string;
}

interface Task {
  job: Job;
  resolve(result: Decoded): void;
  reject(error: unknown): void;
}

/**
 * Decodes and renders in one worker thread, one job after the other. A job that takes too long, or brings the thread
 * down, fails with `render/limit` and the next one gets a new thread.
 */
export class Renderer {
  readonly #limits: HttpLimits;
  readonly #waiting: Task[] = [];
  #running: { task: Task; timer: NodeJS.Timeout } | undefined;
  #worker: Worker | undefined;
  #closed = false;
  #nextId = 1;

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  /** One frame as a JPEG or PNG. `frame` is handed over and not usable afterwards. */
  render(image: ImageDescription, frame: Uint8Array, request: RenderRequest): Promise<Decoded> {
    return this.#submit({ id: this.#nextId++, kind: "render", image, frame, request });
  }

  /** One frame as uncompressed little endian samples, colour by pixel. */
  decode(image: ImageDescription, frame: Uint8Array): Promise<Decoded> {
    return this.#submit({ id: this.#nextId++, kind: "decode", image, frame });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const task of this.#waiting.splice(0)) task.reject(new HoldfastError("request/cancelled"));
    await this.#worker?.terminate();
  }

  #submit(job: Job): Promise<Decoded> {
    const { image } = job;
    if (image.rows * image.columns * image.samples > this.#limits.framePixels) {
      return Promise.reject(new HoldfastError("render/limit", "The image is larger than the limit."));
    }
    if (this.#closed || this.#waiting.length >= this.#limits.renderQueue) {
      return Promise.reject(new HoldfastError("request/busy"));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#running || this.#closed) return;
    const task = this.#waiting.shift();
    if (!task) return;
    const worker = this.#thread();
    const timer = setTimeout(() => void worker.terminate(), this.#limits.renderTimeout);
    this.#running = { task, timer };
    worker.ref();
    worker.postMessage(task.job);
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      env: {},
      // Codecs print; standard output belongs to the command line.
      stdout: true,
      stderr: true,
      workerData: { wasmBytes: this.#limits.renderHeapMiB * 2 * 1024 * 1024 },
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.renderHeapMiB },
    });
    worker.stdout.resume();
    worker.stderr.resume();
    worker.on("message", (answer: Answer) => this.#finish(answer));
    worker.on("error", () => {});
    worker.once("exit", () => {
      this.#worker = undefined;
      const task = this.#take();
      task?.reject(new HoldfastError(this.#closed ? "request/cancelled" : "render/limit"));
      this.#next();
    });
    this.#worker = worker;
    return worker;
  }

  #finish(answer: Answer): void {
    const task = this.#take();
    if (answer.ok) task?.resolve({ bytes: answer.bytes, photometric: answer.photometric });
    else task?.reject(new HoldfastError(answer.code));
    this.#worker?.unref();
    this.#next();
  }

  #take(): Task | undefined {
    const running = this.#running;
    this.#running = undefined;
    if (running) clearTimeout(running.timer);
    return running?.task;
  }
}
