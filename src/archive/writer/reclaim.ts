/**
 * Gives memory of passed-through bytes back in time. A buffer is a small object with much memory behind it, so V8 sees
 * no reason to look at its young objects until tens of megabytes hang on them, and then looks at everything. Asked for
 * at regular intervals, a look at the young objects alone is short and keeps memory flat.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options: { type: "minor" }) => void;

const interval = 8 * 1024 * 1024;

export class Reclaimer {
  readonly #collect: Collect;
  #passed = 0;

  constructor(collect: Collect = youngCollector()) {
    this.#collect = collect;
  }

  /** So many more bytes went through buffers that are garbage by now. */
  passed(bytes: number): void {
    this.#passed += bytes;
    if (this.#passed < interval) return;
    this.#passed = 0;
    this.#collect({ type: "minor" });
  }
}

function youngCollector(): Collect {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as Collect;
}
