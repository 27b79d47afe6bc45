/** What was said of the journal's tree at some size: by the archive's own checkpoints, and by witnesses. */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isCheckpoint, openCheckpoint } from "../journal/checkpoint.ts";
import { placedNotes, readCheckpointNotes, readNoteFile, strayBytes } from "../journal/notes.ts";
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

/** The archive's own checkpoints; what is none, or is not signed, is a problem. */
export async function ownClaims(file: string, manifest: Manifest, problems: Problem[]): Promise<Claims> {
  const claims: Claims = new Map();
  const bytes = await readNoteFile(file);
  const notes = placedNotes(bytes);
  for (const { text } of notes) {
    try {
      const { size, root } = openCheckpoint(text, manifest.key.verifier);
      claims.set(size, [{ root }]);
    } catch (error) {
      problems.push({ part: "checkpoint", message: (error as Error).message });
    }
  }
  for (const { start, length } of strayBytes(bytes, notes)) {
    const what = "are damaged or were never finished";
    problems.push({ part: "checkpoint", offset: start, message: `${length} bytes of the checkpoints ${what}.` });
  }
  for (const path of await setAsideBeside(file))
    if (isAltered(await readNoteFile(path), manifest.key.verifier))
      problems.push({
        part: "checkpoint",
        message: `What an opening set aside in ${basename(path)} is no broken write: a checkpoint was altered.`,
      });
  return claims;
}

/** Of a broken write sectors are missing: what has the whole form of a note and is not signed was made so. */
function isAltered(bytes: Buffer, verifier: string): boolean {
  const notes = placedNotes(bytes);
  return strayBytes(bytes, notes).length === 0 && notes.some(({ text }) => !isCheckpoint(text, verifier));
}

/** What openings took for broken writes. */
async function setAsideBeside(file: string): Promise<string[]> {
  const names = await readdir(dirname(file)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const prefix = `${basename(file)}.torn-`;
  return names.filter((name) => name.startsWith(prefix)).map((name) => join(dirname(file), name));
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
