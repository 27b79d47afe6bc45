/**
 * The peers, written from Bhatia et al., "Real-Time Anomaly Detection in Edge Streams" (arXiv 2009.08452): MIDAS,
 * MIDAS-R (temporal decay, sources and destinations besides edges) and MIDAS-F (besides, conditional merge), with
 * the defaults of the authors' code: 2 rows, 1,024 columns, decay 0.5 a tick, threshold 1,000.
 */

const rows = 2;
const columns = 1024;
const decay = 0.5;
const threshold = 1000;

class Sketch {
  readonly current = new Float64Array(rows * columns);
  readonly total = new Float64Array(rows * columns);
  readonly score = new Float64Array(rows * columns);
  readonly #at = new Int32Array(rows);
  readonly #a: number[];
  readonly #b: number[];

  constructor(random: () => number) {
    this.#a = Array.from({ length: rows }, () => 1 + Math.floor(random() * 2 ** 31));
    this.#b = Array.from({ length: rows }, () => Math.floor(random() * 2 ** 31));
  }

  locate(x: number, y: number): void {
    for (let row = 0; row < rows; row++) {
      let h = Math.imul(x + Math.imul(y, 347) + 1, this.#a[row]!) + this.#b[row]!;
      h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      this.#at[row] = row * columns + (((h ^ (h >>> 13)) >>> 0) % columns);
    }
  }

  add(): void {
    for (const at of this.#at) {
      this.current[at]!++;
      this.total[at]!++;
    }
  }

  addCurrent(): void {
    for (const at of this.#at) this.current[at]!++;
  }

  least(counts: Float64Array): number {
    return Math.min(counts[this.#at[0]!]!, counts[this.#at[1]!]!);
  }

  remember(score: number): void {
    for (const at of this.#at) this.score[at] = score;
  }

  /** `tick` is the one that ends. */
  conditionalMerge(tick: number): void {
    for (let i = 0; i < this.total.length; i++) {
      if (this.score[i]! < threshold) this.total[i]! += this.current[i]!;
      else if (tick > 1) this.total[i]! += this.total[i]! / (tick - 1);
      this.current[i]! *= decay;
    }
  }
}

function chiSquare(current: number, total: number, tick: number): number {
  return total === 0 || tick <= 1 ? 0 : ((current - total / tick) * tick) ** 2 / (total * (tick - 1));
}

export type EdgeScorer = (source: number, target: number, tick: number) => number;

export function midas(random: () => number): EdgeScorer {
  const edges = new Sketch(random);
  let now = 1;
  return (source, target, tick) => {
    if (tick > now) edges.current.fill(0);
    if (tick > now) now = tick;
    edges.locate(source, target);
    edges.add();
    return chiSquare(edges.least(edges.current), edges.least(edges.total), now);
  };
}

export function midasR(random: () => number): EdgeScorer {
  const [edges, sources, targets] = [new Sketch(random), new Sketch(random), new Sketch(random)];
  const all = [edges, sources, targets];
  let now = 1;
  return (source, target, tick) => {
    if (tick > now) {
      for (const { current } of all) for (let i = 0; i < current.length; i++) current[i]! *= decay;
      now = tick;
    }
    edges.locate(source, target);
    sources.locate(source, 0);
    targets.locate(target, 0);
    let most = 0;
    for (const sketch of all) {
      sketch.add();
      most = Math.max(most, chiSquare(sketch.least(sketch.current), sketch.least(sketch.total), now));
    }
    return most;
  };
}

export function midasF(random: () => number): EdgeScorer {
  const [edges, sources, targets] = [new Sketch(random), new Sketch(random), new Sketch(random)];
  const all = [edges, sources, targets];
  let now = 1;
  return (source, target, tick) => {
    if (tick > now) {
      for (const sketch of all) sketch.conditionalMerge(now);
      now = tick;
    }
    edges.locate(source, target);
    sources.locate(source, 0);
    targets.locate(target, 0);
    let most = 0;
    for (const sketch of all) {
      sketch.addCurrent();
      const current = sketch.least(sketch.current);
      const total = sketch.least(sketch.total);
      const score = total === 0 ? 0 : (current + total - current * now) ** 2 / (total * (now - 1));
      sketch.remember(score);
      most = Math.max(most, score);
    }
    return most;
  };
}
