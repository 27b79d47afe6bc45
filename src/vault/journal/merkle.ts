/** Merkle tree hashes of RFC 6962 section 2.1, kept as a compact range: log2(n) hashes for any number of leaves. */
import { hash } from "node:crypto";

const leafPrefix = Buffer.of(0);

/** SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([leafPrefix, entry]), "buffer");
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const node = Buffer.allocUnsafe(65);
  node[0] = 1;
  node.set(left, 1);
  node.set(right, 33);
  return hash("sha256", node, "buffer");
}

/** The roots of the perfect subtrees of a tree of `size` leaves, largest first. */
export class CompactRange {
  size = 0;
  #roots: Buffer[] = [];

  append(leaf: Buffer): void {
    let node = leaf;
    for (let full = this.size; full % 2 === 1; full = (full - 1) / 2) node = nodeHash(this.#roots.pop()!, node);
    this.#roots.push(node);
    this.size++;
  }

  /** The tree hash MTH(D[size]); SHA-256 of nothing for an empty tree. */
  root(): Buffer {
    const last = this.#roots.at(-1);
    if (!last) return hash("sha256", "", "buffer");
    return this.#roots.slice(0, -1).reduceRight<Buffer>((right, left) => nodeHash(left, right), last);
  }

  /** The perfect subtrees, largest first: where each begins, and its hash. */
  subtrees(): { start: number; root: Buffer }[] {
    let start = 0;
    return this.#roots.map((root) => {
      let size = 1;
      while (start + size * 2 <= this.size) size *= 2;
      const tree = { start, root };
      start += size;
      return tree;
    });
  }

  clone(): CompactRange {
    const copy = new CompactRange();
    copy.size = this.size;
    copy.#roots = [...this.#roots];
    return copy;
  }

  toJSON(): { size: number; roots: string[] } {
    return { size: this.size, roots: this.#roots.map((root) => root.toString("base64")) };
  }

  static fromJSON(json: { size: number; roots: string[] }): CompactRange {
    const range = new CompactRange();
    range.size = json.size;
    range.#roots = json.roots.map((root) => Buffer.from(root, "base64"));
    return range;
  }
}
