import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { ConsistencyProver, isConsistent } from "./consistency.ts";
import { CompactRange, leafHash, nodeHash } from "./merkle.ts";

const leaves = Array.from({ length: 70 }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));

function rangeOf(leaves: Buffer[]): CompactRange {
  const range = new CompactRange();
  for (const leaf of leaves) range.append(leaf);
  return range;
}

const treeOf = (leaves: Buffer[]) => ({ size: leaves.length, root: rangeOf(leaves).root() });

/** SUBPROOF(m, D[n], b) of RFC 6962 section 2.1.2, as written there. */
function subproof(m: number, data: Buffer[], whole: boolean): Buffer[] {
  const root = rangeOf(data).root();
  if (m === data.length) return whole ? [] : [root];
  let k = 1;
  while (k * 2 < data.length) k *= 2;
  const [left, right] = [data.slice(0, k), data.slice(k)];
  return m <= k
    ? [...subproof(m, left, whole), rangeOf(right).root()]
    : [...subproof(m - k, right, false), rangeOf(left).root()];
}

function proofOf(data: Buffer[], m: number): Buffer[] {
  const prover = new ConsistencyProver(rangeOf(data.slice(0, m)), data.length);
  for (const leaf of data.slice(m)) prover.append(leaf);
  return prover.proof();
}

test("a proof is that of RFC 6962 and holds, for all sizes up to 70", () => {
  for (let n = 1; n <= leaves.length; n++)
    for (let m = 1; m <= n; m++) {
      const data = leaves.slice(0, n);
      const proof = proofOf(data, m);
      assert.deepEqual(proof, subproof(m, data, true), `${m} of ${n}`);
      assert.ok(isConsistent(treeOf(leaves.slice(0, m)), treeOf(data), proof), `${m} of ${n}`);
    }
});

test("no proof makes a tree with one other leaf, one fewer or another order consistent", () => {
  for (const [m, n] of [
    [1, 2],
    [3, 7],
    [4, 8],
    [6, 8],
    [33, 70],
  ] as const) {
    const older = treeOf(leaves.slice(0, m));
    for (let altered = 0; altered < m; altered++) {
      const forged = leaves.slice(0, n);
      forged[altered] = leafHash(randomBytes(8));
      assert.equal(isConsistent(older, treeOf(forged), proofOf(forged, m)), false, `${altered} of ${m}, ${n}`);
      assert.equal(isConsistent(older, treeOf(forged), proofOf(leaves.slice(0, n), m)), false);
    }
    const proof = proofOf(leaves.slice(0, n), m);
    const newer = treeOf(leaves.slice(0, n));
    assert.equal(isConsistent(older, newer, proof.slice(1)), false);
    assert.equal(isConsistent(older, newer, [...proof, randomBytes(32)]), false);
    assert.equal(isConsistent({ ...older, root: randomBytes(32) }, newer, proof), false);
    assert.equal(isConsistent(newer, older, proof), false);
  }
});

test("sizes alike need the same root; from nothing everything grows", () => {
  const tree = treeOf(leaves);
  assert.ok(isConsistent(tree, tree, []));
  assert.equal(isConsistent(tree, { ...tree, root: nodeHash(leaves[0]!, leaves[1]!) }, []), false);
  assert.ok(isConsistent({ size: 0, root: rangeOf([]).root() }, tree, []));
  assert.equal(isConsistent({ size: 0, root: rangeOf([]).root() }, tree, [leaves[0]!]), false);
});
