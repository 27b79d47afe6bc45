/** What was said of the journal's tree at some size: by the archive's own checkpoints, and by witnesses. */
import { openCheckpoint } from "../journal/checkpoint.ts";
import { readCheckpointNotes } from "../journal/recover.ts";
import { type Manifest, originOf } from "../manifest.ts";
import type { Verifier } from "../note.ts";
import { type Cosigned, openCosigned, witnessVerifier } from "../witness/cosignature.ts";
import type { Problem, WitnessReport } from "./report.ts";

export interface Claim {
  root: Buffer;
  /** The witness; absent: the archive itself. */
  by?: string;
}

/** By tree size. */
export type Claims = Map<number, Claim[]>;

/** The archive's own checkpoints; one that cannot be opened is a problem. */
export async function ownClaims(file: string, manifest: Manifest, problems: Problem[]): Promise<Claims> {
  const claims: Claims = new Map();
  for (const note of await readCheckpointNotes(file)) {
    try {
      const { size, root } = openCheckpoint(note, manifest.key.verifier);
      claims.set(size, [{ root }]);
    } catch (error) {
      problems.push({ part: "checkpoint", message: (error as Error).message });
    }
  }
  return claims;
}

/**
 * What pinned witnesses cosigned: as the archive kept it, and as each told when asked. Whose key signed the checkpoint
 * itself does not matter here: a stolen one signs anything.
 */
export async function witnessClaims(
  file: string,
  manifest: Manifest,
  pinned: { key: string; told?: string }[],
): Promise<{ claims: Claims; witnesses: WitnessReport[] }> {
  const claims: Claims = new Map();
  const witnesses: WitnessReport[] = [];
  const kept = pinned.length > 0 ? await readCheckpointNotes(file) : [];
  for (const { key, told } of pinned) {
    const witness = witnessVerifier(key);
    const cosigned = [...kept, ...(told === undefined ? [] : [told])]
      .map((note) => opened(note, witness))
      .filter((each) => each !== undefined)
      .filter(({ origin }) => origin === originOf(manifest.archive));
    for (const { size, root, witness: by } of cosigned) claims.set(size, [...(claims.get(size) ?? []), { root, by }]);
    const newest = cosigned.reduce<Cosigned | undefined>(
      (best, each) => (best && best.size > each.size ? best : each),
      undefined,
    );
    witnesses.push({
      name: witness.name,
      ...(newest ? { entries: newest.size, time: newest.time } : {}),
      asked: told !== undefined,
    });
  }
  return { claims, witnesses };
}

export function newestClaim(claims: Claims): { size: number; by?: string } | undefined {
  let newest = -1;
  for (const size of claims.keys()) newest = Math.max(newest, size);
  const [claim, ...rest] = claims.get(newest) ?? [];
  if (!claim) return undefined;
  const by = [claim, ...rest].find((each) => each.by !== undefined)?.by;
  return { size: newest, ...(by === undefined ? {} : { by }) };
}

function opened(note: string, witness: Verifier): Cosigned | undefined {
  try {
    return openCosigned(note, witness);
  } catch {
    return undefined;
  }
}
