/**
 * Locks renewed long before they lapse. A pass extends the lock of every thing that a restore needs to the whole
 * retention; the first recovery point is extended last, so that a pass which broke off is seen to be due, without any
 * memory of this machine's.
 */
import type { Clock } from "../../core/index.ts";
import type { Keyring } from "../keys/keyring.ts";
import { segmentOf } from "../layout.ts";
import { type Piece, pieceName, walkPoints } from "./point.ts";
import type { ReplicaTarget, Stored } from "./target.ts";

export interface RenewalOptions {
  /** One that locks. */
  target: ReplicaTarget & Required<Pick<ReplicaTarget, "lockedUntil" | "extend">>;
  archive: string;
  keyring: Keyring;
  /** How long things are locked, ms. */
  retention: number;
  now: Clock;
  /** Segments that were collected, asked for when a pass is due: their locks may end. */
  collected?(): Promise<ReadonlySet<number>>;
  /** Asked before each thing: true ends the pass, which the next goes on with from its beginning. */
  stopped?(): boolean;
}

/** A pass is due when the first point's lock has less than this share of the retention left. */
const dueAt = 0.75;

function liesIn({ path }: Piece, segments: ReadonlySet<number>): boolean {
  const segment = path.startsWith("vault/") ? segmentOf(path.slice("vault/".length)) : undefined;
  return segment !== undefined && segments.has(segment);
}

/** Whether the target locks what it takes. */
export function locks(target: ReplicaTarget): target is RenewalOptions["target"] {
  return target.lockedUntil !== undefined && target.extend !== undefined;
}

/**
 * One pass, when it is due. @returns how many locks it extended; 0 when none is due
 * @throws what the target throws; what was extended stays so
 */
export async function renewLocks(options: RenewalOptions): Promise<number> {
  const { target, archive, keyring, retention, now } = options;
  let collected: ReadonlySet<number> = new Set();
  const stored: Stored[] = [];
  const sizes = new Map<string, number>();
  for await (const { point, stored: where } of walkPoints(target, archive, keyring)) {
    if (point.number === 0) {
      if ((await target.lockedUntil(where)) > now() + retention * dueAt) return 0;
      collected = (await options.collected?.()) ?? collected;
    }
    stored.push(where);
    for (const piece of point.pieces) if (!liesIn(piece, collected)) sizes.set(pieceName(archive, piece), piece.length);
  }
  const [first, ...later] = stored;
  if (!first) return 0;
  let extended = 0;
  const extend = async (each: Stored): Promise<void> => {
    if (options.stopped?.()) return;
    await target.extend(each, now() + retention);
    extended++;
  };
  // Of a piece each version of its length, for which of them is whole only a restore finds out.
  for await (const each of target.list(`${archive}/`)) if (sizes.get(each.name) === each.size) await extend(each);
  for (const each of [...later, first]) await extend(each);
  return extended;
}
