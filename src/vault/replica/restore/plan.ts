/** What a restore has to bring, from the signed recovery points alone. */
import { normalize } from "node:path";
import { HoldfastError } from "../../../core/index.ts";
import { Arrivals } from "../../arrivals.ts";
import type { Keyring } from "../../keys/keyring.ts";
import { segmentOf } from "../../layout.ts";
import { type Piece, type RecoveryPoint, readPoints } from "../point.ts";
import type { ReplicaTarget } from "../target.ts";

export interface Wanted {
  /** The newest point made at or before, ms since 1970. */
  at?: number;
  /** The point of this number. */
  number?: number;
}

export interface RestorePlan {
  point: RecoveryPoint;
  journal: Piece[];
  /** In order of path and offset; the arrivals have the same order. */
  vault: Piece[];
  arrivals: Arrivals;
  /** Bytes of both. */
  total: number;
}

/** What may stand in a data folder. */
const ours = /^(journal|vault)\/[\w.]+$/;

/** @throws HoldfastError replica/none, replica/damaged */
export async function planRestore(
  target: ReplicaTarget,
  archive: string,
  keyring: Keyring,
  { at, number }: Wanted = {},
): Promise<RestorePlan> {
  const { points } = await readPoints(target, archive, keyring);
  const chosen = points.filter(
    (point) => (at === undefined || point.time <= at) && point.number <= (number ?? Infinity),
  );
  const point = chosen.at(-1);
  if (!point || (number !== undefined && point.number !== number)) throw new HoldfastError("replica/none");
  const pieces = chosen.flatMap((each) => each.pieces).sort(inOrder);
  assertWithoutGaps(pieces);
  const vault = pieces.filter(({ path }) => path.startsWith("vault/"));
  return {
    point,
    journal: pieces.filter(({ path }) => path.startsWith("journal/")),
    vault,
    arrivals: Arrivals.awaiting(vault.map(partOf)),
    total: pieces.reduce((sum, { length }) => sum + length, 0),
  };
}

function inOrder(one: Piece, other: Piece): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return one.offset - other.offset;
}

function assertWithoutGaps(pieces: Piece[]): void {
  let before: Piece | undefined;
  for (const piece of pieces) {
    const { path, offset } = piece;
    if (!ours.test(path) || normalize(path) !== path) throw new HoldfastError("replica/damaged");
    const end = before?.path === path ? before.offset + before.length : 0;
    if (offset !== end) throw new HoldfastError("replica/damaged", `A piece of ${path} is missing.`);
    before = piece;
  }
}

function partOf({ path, offset, length }: Piece) {
  const segment = segmentOf(path.slice("vault/".length));
  if (segment === undefined) throw new HoldfastError("replica/damaged");
  return { segment, offset, length };
}
