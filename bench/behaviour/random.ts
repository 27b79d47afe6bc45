/** Seeded random numbers. */

/** Mulberry32: uniform in [0, 1). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Draw = ReturnType<typeof drawFrom>;

export function drawFrom(unit: () => number) {
  const gauss = () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
  return {
    unit,
    below: (n: number) => Math.floor(unit() * n),
    chance: (p: number) => unit() < p,
    normal: (mean: number, deviation: number) => mean + deviation * gauss(),
    logNormal: (median: number, sigma: number) => median * Math.exp(sigma * gauss()),
    exponential: (mean: number) => -mean * Math.log(1 - unit()),
    /** Small means exactly, large ones by the normal approximation. */
    poisson(mean: number): number {
      if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gauss()));
      let k = 0;
      for (let p = unit(); p > Math.exp(-mean); p *= unit()) k++;
      return k;
    },
    /** Rank below `n`, density about 1/rank. */
    zipf: (n: number) => Math.floor(n ** unit()) % n,
  };
}
