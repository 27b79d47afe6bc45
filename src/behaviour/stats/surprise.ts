/** How surprising an amount is, in nats: Chernoff bounds, so that exp(−nats) is never below the tail's probability. */

/**
 * −ln P(X ≥ count) at least, for X negative binomial of a mean and a shape: a Poisson count whose rate is itself Gamma
 * distributed. Small shapes are bursty or unknown rates; an infinite one is Poisson. 0 where count ≤ mean.
 */
export function excess(count: number, mean: number, shape: number): number {
  if (!(count > mean) || mean <= 0) return 0;
  const nats = count * Math.log(count / mean) - (count + shape) * Math.log((count + shape) / (mean + shape));
  return Number.isFinite(nats) && nats > 0 ? nats : 0;
}

/** −ln P(X ≥ hits) at least, for X binomial of `trials` and `share`: trials times the Kullback-Leibler divergence. */
export function excessShare(hits: number, trials: number, share: number): number {
  if (trials <= 0 || hits / trials <= share) return 0;
  const p = Math.min(1, hits / trials);
  const q = Math.min(1 - 1e-9, Math.max(1e-9, share));
  return trials * (p * Math.log(p / q) + (p < 1 ? (1 - p) * Math.log((1 - p) / (1 - q)) : 0));
}

/**
 * One step of Page's CUSUM over a logarithm of likelihood ratios, nats: under ordinary behaviour it takes e^h steps or more
 * on average to reach h (Lorden 1971).
 */
export function page(level: number, ratio: number): number {
  return Math.max(0, level + ratio);
}
