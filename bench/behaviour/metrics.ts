/** Exact ranking metrics with ties: an event is an attack (1) or not (0), higher scores are more anomalous. */

export interface Metrics {
  rocAuc: number;
  averagePrecision: number;
  /** Recall at a false-positive rate of 0.01 %, 0.1 % and 1 %. */
  recall: [number, number, number];
}

export const falsePositiveRates = [0.0001, 0.001, 0.01] as const;

/** `ignored[i]` leaves an event out. */
export function metricsOf(scores: Float32Array, attack: Uint8Array, ignored?: Uint8Array): Metrics {
  const { order, keys } = ascending(scores);
  let positives = 0;
  let negatives = 0;
  for (let i = 0; i < attack.length; i++) {
    if (ignored?.[i]) continue;
    if (attack[i]) positives++;
    else negatives++;
  }
  let truePositives = 0;
  let falsePositives = 0;
  let area = 0;
  let averagePrecision = 0;
  const recall: [number, number, number] = [0, 0, 0];
  for (let at = order.length - 1; at >= 0; ) {
    const key = keys[order[at]!]!;
    let attacks = 0;
    let benign = 0;
    for (; at >= 0 && keys[order[at]!] === key; at--) {
      const i = order[at]!;
      if (ignored?.[i]) continue;
      if (attack[i]) attacks++;
      else benign++;
    }
    area += attacks * (negatives - falsePositives - benign / 2);
    truePositives += attacks;
    falsePositives += benign;
    if (attacks > 0) averagePrecision += (attacks / positives) * (truePositives / (truePositives + falsePositives));
    falsePositiveRates.forEach((rate, k) => {
      if (falsePositives <= rate * negatives) recall[k] = truePositives / positives;
    });
  }
  return { rocAuc: area / positives / negatives, averagePrecision, recall };
}

/** Indices by rising score: a radix sort over the ordered bits of the floats, NaN last of all. */
function ascending(scores: Float32Array): { order: Uint32Array; keys: Uint32Array } {
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
  const keys = new Uint32Array(scores.length);
  for (let i = 0; i < keys.length; i++) keys[i] = bits[i]! & 0x80000000 ? ~bits[i]! : bits[i]! | 0x80000000;
  let order = new Uint32Array(scores.length).map((_, i) => i);
  for (const shift of [0, 16]) {
    const starts = new Uint32Array(65_537);
    for (const key of keys) starts[((key >>> shift) & 0xffff) + 1]!++;
    for (let digit = 0; digit < 65_536; digit++) starts[digit + 1]! += starts[digit]!;
    const next = new Uint32Array(order.length);
    for (const i of order) next[starts[(keys[i]! >>> shift) & 0xffff]!++] = i;
    order = next;
  }
  return { order, keys };
}
