/** Quantiles, and the exact interval of a Poisson mean. */

/** By nearest rank. @param share 0 to 1 @returns NaN of nothing */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/** Garwood's 95 % interval of the mean, given one count (Biometrika 28, 1936), by bisection on the Poisson sum. */
export function poissonInterval(count: number): [low: number, high: number] {
  const low = count === 0 ? 0 : bisect((mean) => 1 - cumulative(count - 1, mean) > 0.025);
  return [low, bisect((mean) => cumulative(count, mean) < 0.025)];
}

/** Smallest mean for which the growing condition holds. */
function bisect(holds: (mean: number) => boolean): number {
  let [low, high] = [0, 1];
  while (!holds(high)) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** P(X ≤ count). */
function cumulative(count: number, mean: number): number {
  let sum = 0;
  let logTerm = -mean;
  for (let k = 0; k <= count; k++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log(mean) - Math.log(k + 1);
  }
  return Math.min(1, sum);
}
