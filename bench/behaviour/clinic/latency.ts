/** Times of single events in bins of a tenth of an octave: quantiles without keeping them. */
export class Latency {
  readonly #bins = new Float64Array(400);
  #count = 0;
  max = 0;

  add(microseconds: number): void {
    this.#bins[Math.min(399, Math.max(0, Math.floor(10 * Math.log2(microseconds + 1))))]!++;
    this.#count++;
    this.max = Math.max(this.max, microseconds);
  }

  /** µs, upper end of the bin. */
  quantile(share: number): number {
    let below = 0;
    for (let bin = 0; bin < this.#bins.length; bin++) {
      below += this.#bins[bin]!;
      if (below >= share * this.#count) return 2 ** ((bin + 1) / 10) - 1;
    }
    return 0;
  }
}
