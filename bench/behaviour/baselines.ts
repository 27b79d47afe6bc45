/** The simplest scorers one could think of. */
import type { EdgeScorer } from "./midas.ts";

/** The rarer the pair has been, the higher. */
export function frequency(): EdgeScorer {
  const counts = new Map<number, number>();
  return (source, target) => {
    const key = source * 2 ** 26 + target;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    return 1 / (1 + count);
  };
}

/** The busier the destination in this minute, the higher. */
export function rate(): EdgeScorer {
  const counts = new Map<number, number>();
  let now = -1;
  return (_source, target, tick) => {
    if (tick > now) counts.clear();
    now = Math.max(now, tick);
    const count = (counts.get(target) ?? 0) + 1;
    counts.set(target, count);
    return count;
  };
}

/** A pair never seen before. */
export function novelty(): EdgeScorer {
  const seen = new Set<number>();
  return (source, target) => {
    const key = source * 2 ** 26 + target;
    if (seen.has(key)) return 0;
    seen.add(key);
    return 1;
  };
}
