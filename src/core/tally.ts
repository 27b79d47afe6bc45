/** Counts since the start, by labels whose values are a handful known beforehand: what a monitor may show. */
export class Tally<Labels extends Record<string, string>> {
  readonly #counts = new Map<string, { labels: Labels; count: number }>();

  add(labels: Labels, by = 1): void {
    const key = Object.values(labels).join("\n");
    const known = this.#counts.get(key);
    if (known) known.count += by;
    else this.#counts.set(key, { labels, count: by });
  }

  all(): readonly { labels: Labels; count: number }[] {
    return [...this.#counts.values()];
  }
}
