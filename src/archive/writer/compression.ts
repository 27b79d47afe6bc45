/** When to spend time on compression: a share of one core, with a third of a second saved up for a burst after a quiet time. */
import type { CompressionPolicy } from "../../vault/index.ts";

const share = 0.1;
const savings = 300; // ms

/** `clock`: monotonic milliseconds. */
export function compressionPolicy(mode: "auto" | "always" | "off", clock: () => number): CompressionPolicy {
  if (mode !== "auto") return { allows: () => mode === "always", spent: () => {} };
  let budget = savings;
  let last = clock();
  return {
    allows() {
      const now = clock();
      budget = Math.min(savings, budget + (now - last) * share);
      last = now;
      return budget > 0;
    },
    spent() {
      const now = clock();
      budget -= now - last;
      last = now;
    },
  };
}
