/** Checks the journal: every entry's seal, its link to the one before, and every checkpoint that was signed or cosigned. */
import { HoldfastError } from "../../core/index.ts";
import { decodePayload, noEntry } from "../journal/entry.ts";
import { listJournal, readFileStart, unwrapFileKey } from "../journal/file.ts";
import { CompactRange } from "../journal/merkle.ts";
import { type ScannedEntry, scanEntries } from "../journal/scan.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { Manifest } from "../manifest.ts";
import { type Claims, newestClaim, ownClaims } from "./claims.ts";
import type { Problem } from "./report.ts";

export interface JournalCheck {
  entries: number;
  checkpoints: number;
  problems: Problem[];
}

interface Walk {
  next: number;
  prev: Buffer;
  range: CompactRange;
}

/** `visit` sees every sound payload in order. A fault ends the walk: nothing behind it can be trusted. */
export async function verifyJournal(
  folder: string,
  checkpointFile: string,
  manifest: Manifest,
  keyring: Keyring,
  witnessed: Claims,
  visit: (seq: number, payload: Buffer) => void,
  read: (bytes: number) => void,
): Promise<JournalCheck> {
  const problems: Problem[] = [];
  const signed = await ownClaims(checkpointFile, manifest, problems);
  const checkpoints = signed.size;
  for (const [size, claims] of witnessed) signed.set(size, [...(signed.get(size) ?? []), ...claims]);
  const walk: Walk = { next: 0, prev: noEntry, range: new CompactRange() };
  const files = await listJournal(folder);
  for (const [index, file] of files.entries()) {
    if (file.first !== walk.next) {
      problems.push({ part: "journal", entry: walk.next, message: `Journal entry ${walk.next} is missing.` });
      break;
    }
    const last = index === files.length - 1;
    const problem = await verifyFile(file, last, manifest, keyring, walk, signed, visit, read);
    if (problem) {
      problems.push(problem);
      break;
    }
  }
  const newest = newestClaim(signed);
  if (problems.length === 0 && newest && newest.size > walk.next)
    problems.push({
      part: newest.by === undefined ? "journal" : "witness",
      entry: walk.next,
      message: `Journal entry ${walk.next} is missing: ${newest.size} entries were ${newest.by === undefined ? "signed" : `cosigned by ${newest.by}`}.`,
    });
  return { entries: walk.next, checkpoints, problems };
}

async function verifyFile(
  file: { first: number; path: string },
  last: boolean,
  manifest: Manifest,
  keyring: Keyring,
  walk: Walk,
  signed: Claims,
  visit: (seq: number, payload: Buffer) => void,
  read: (bytes: number) => void,
): Promise<Problem | undefined> {
  try {
    const start = await readFileStart(file.path, manifest.archive, file.first);
    if (!start.prev.equals(walk.prev) || !start.range.root().equals(walk.range.root()))
      return wrong(file.first, "does not follow the entry before it");
    const key = unwrapFileKey(keyring, start.header);
    const scan = scanEntries(file.path, start.entriesAt, { seq: file.first, prev: start.prev });
    for (;;) {
      const { value, done } = await scan.next();
      if (done) {
        const whole = value.end === value.size;
        return whole || last ? trailing(value.size - value.end, walk) : wrong(walk.next, "is damaged");
      }
      for (const entry of value) {
        visit(entry.seq, decodePayload(entry.bytes, key));
        const problem = advance(entry, walk, signed);
        if (problem) return problem;
      }
      read(value.reduce((sum, entry) => sum + entry.length, 0));
    }
  } catch (error) {
    if (error instanceof HoldfastError)
      return { part: "journal", entry: walk.next, message: `Journal entry ${walk.next}: ${error.message}` };
    throw error;
  }
}

function advance(entry: ScannedEntry, walk: Walk, signed: Claims): Problem | undefined {
  walk.range.append(entry.leaf);
  walk.prev = entry.leaf;
  walk.next = entry.seq + 1;
  const claims = signed.get(walk.next);
  if (!claims) return undefined;
  const root = walk.range.root();
  // A witness is asked first: who holds the archive's key makes its checkpoints agree with anything.
  const wrong = claims.filter((claim) => !claim.root.equals(root)).sort((a, b) => Number(!a.by) - Number(!b.by))[0];
  if (!wrong) return undefined;
  const { by } = wrong;
  const what =
    by === undefined ? "differs from its signed checkpoint" : `is not the one that ${by} cosigned: it was rewritten`;
  return {
    part: by === undefined ? "checkpoint" : "witness",
    entry: entry.seq,
    message: `The journal up to entry ${entry.seq} ${what}.`,
  };
}

/** Bytes behind the last entry are a torn write only while the archive was not opened since: opening sets them aside. */
function trailing(bytes: number, walk: Walk): Problem | undefined {
  return bytes > 0 ? wrong(walk.next, `is damaged or was never finished (${bytes} bytes)`) : undefined;
}

function wrong(entry: number, what: string): Problem {
  return { part: "journal", entry, message: `Journal entry ${entry} ${what}.` };
}
