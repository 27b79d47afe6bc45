/**
 * Gives memory of passed-through bytes back in time. A buffer is a small object with much memory behind it, so V8 sees
 * no reason to look at its young objects until tens of megabytes hang on them, and then looks at everything. Asked for
 * at regular intervals, a look at the young objects alone is short and keeps memory flat.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options: { type: "minor" }) => void;

const interval = 8 * 1024 * 1024;

let collect: Collect | undefined;
let passed = 0;

/** So many more bytes went through buffers of this thread that are garbage by now. */
export function passedThrough(bytes: number): void {
  passed += bytes;
  if (passed < interval) return;
  passed = 0;
  collect ??= youngCollector();
  collect({ type: "minor" });
}

function youngCollector(): Collect {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as Collect;
}
