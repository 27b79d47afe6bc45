/** Consistency proofs of RFC 6962 section 2.1.2: that the tree of some leaves begins with the tree of fewer. */
import { CompactRange, nodeHash } from "./merkle.ts";

interface Interval {
  start: number;
  end: number;
}

/** Builds the proof from `m` to `n` leaves out of the range at `m` and the leaves that follow; holds log2(n) hashes. */
export class ConsistencyProver {
  readonly #nodes: Interval[];
  readonly #left: Map<number, Buffer>;
  readonly #right = new Map<number, CompactRange>();
  #next: number;

  /** @param from the tree of the first m leaves, m above 0 */
  constructor(from: CompactRange, n: number) {
    this.#nodes = nodesOf(from.size, { start: 0, end: n }, true);
    this.#left = new Map(from.subtrees().map(({ start, root }) => [start, root]));
    this.#next = from.size;
  }

  /** The next leaf hash, from number m on. */
  append(leaf: Buffer): void {
    const interval = this.#nodes.find(({ start, end }) => start <= this.#next && this.#next < end);
    if (interval) {
      const range = this.#right.get(interval.start) ?? new CompactRange();
      this.#right.set(interval.start, range);
      range.append(leaf);
    }
    this.#next++;
  }

  /** Once all n leaves are known. */
  proof(): Buffer[] {
    return this.#nodes.map(({ start }) => this.#left.get(start) ?? this.#right.get(start)!.root());
  }
}

/** SUBPROOF of RFC 6962: which subtrees' hashes make up the proof, in its order. */
function nodesOf(m: number, { start, end }: Interval, whole: boolean): Interval[] {
  if (m === end) return whole ? [] : [{ start, end }];
  let half = 1;
  while (half * 2 < end - start) half *= 2;
  const middle = start + half;
  return m <= middle
    ? [...nodesOf(m, { start, end: middle }, whole), { start: middle, end }]
    : [...nodesOf(m, { start: middle, end }, false), { start, end: middle }];
}

/** RFC 9162 section 2.1.4.2. `older` and `newer` are the trees' sizes and roots. */
export function isConsistent(
  older: { size: number; root: Buffer },
  newer: { size: number; root: Buffer },
  proof: Buffer[],
): boolean {
  if (older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  if (older.size === 0) return proof.length === 0;
  const path = isPowerOfTwo(older.size) ? [older.root, ...proof] : proof;
  let [first, second] = [path[0], path[0]];
  if (!first || !second) return false;
  let [fn, sn] = [older.size - 1, newer.size - 1];
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  for (const hash of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      first = nodeHash(hash, first);
      second = nodeHash(hash, second);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else second = nodeHash(second, hash);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && first.equals(older.root) && second.equals(newer.root);
}

const isPowerOfTwo = (size: number): boolean => (BigInt(size) & (BigInt(size) - 1n)) === 0n;
