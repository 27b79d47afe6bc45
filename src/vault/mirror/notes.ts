/** The origin's checkpoints beyond those accepted, and whether they contradict any that was. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import { type Checkpoint, openCheckpoint } from "../journal/checkpoint.ts";
import { LeafWalk } from "../journal/leaves.ts";
import { checkpointNotes } from "../journal/notes.ts";
import type { Layout } from "../layout.ts";
import type { Remote } from "../remote/client.ts";
import type { JournalCopy } from "./copy.ts";
import { firstBytes, rangeFrom } from "./range.ts";

export interface SignedNote extends Checkpoint {
  note: string;
}

export interface NoteOptions {
  remote: Remote;
  layout: Layout;
  archive: string;
  verifier: string;
}

/** Taken at once, bytes. */
const most = 256 * 1024;

const path = "journal/checkpoints";

/**
 * Checkpoints larger than the accepted one, oldest first; more may follow. Empty: the origin has no newer.
 * @throws HoldfastError mirror/fork when the origin signed another history than the one accepted, mirror/stale when it
 * shows less than it had signed, mirror/damaged when a checkpoint is not its own
 */
export async function newerNotes(options: NoteOptions, copy: JournalCopy): Promise<SignedNote[]> {
  const { accepted } = copy;
  if (!accepted) return rising(await fetchNotes(options, 0), 0);
  const notes = await fetchNotes(options, accepted.start);
  if (notes[0]?.note === accepted.note) return rising(notes.slice(1), accepted.size);
  // The origin's file is not what it was: a crash can take back a checkpoint, but never the history that it stated.
  const newest = await fetchNotes(options, -most);
  const known = newest.filter(({ size }) => size <= accepted.size);
  for (const note of known) await assertOurs(options, accepted, note);
  const newer = rising(
    newest.filter(({ size }) => size > accepted.size),
    accepted.size,
  );
  if (newer.length > 0) await assertSameEnd(options, copy);
  if (newer.length === 0 && known.at(-1)?.size !== accepted.size) throw new HoldfastError("mirror/stale");
  return newer;
}

async function fetchNotes({ remote, verifier }: NoteOptions, start: number): Promise<SignedNote[]> {
  const range = await rangeFrom(remote, path, start);
  if (!range?.body) return [];
  const text = (await firstBytes(range.body, most)).toString("utf8");
  return checkpointNotes(text)
    .map((note, index) => {
      try {
        return { ...openCheckpoint(note, verifier), note };
      } catch (cause) {
        // The first of what begins anywhere may be the rest of one.
        if (index === 0 && start !== 0) return undefined;
        throw new HoldfastError("mirror/damaged", "A checkpoint is not signed by the origin.", { cause });
      }
    })
    .filter((note) => note !== undefined);
}

/** A log only grows: a smaller tree after a larger one is another log. */
function rising(notes: SignedNote[], from: number): SignedNote[] {
  let before = from;
  for (const { size } of notes) {
    if (size < before) throw new HoldfastError("mirror/fork");
    before = size;
  }
  return notes.filter(({ size }) => size > from);
}

async function assertOurs(options: NoteOptions, accepted: Checkpoint, note: SignedNote): Promise<void> {
  if (note.size === 0) return;
  const { layout, archive } = options;
  const root =
    note.size === accepted.size ? accepted.root : (await LeafWalk.at(layout.journal, archive, note.size)).range.root();
  if (!root.equals(note.root)) throw new HoldfastError("mirror/fork");
}

/** Bytes before the end of our copy that are compared; each entry commits to all before it. */
const compared = 4 * 1024;

/** The origin's journal still has, at the end of our copy, what we have there. */
async function assertSameEnd({ remote, layout }: NoteOptions, { place }: JournalCopy): Promise<void> {
  const { name, end } = place!;
  const start = Math.max(0, end - compared);
  const range = await rangeFrom(remote, `journal/${name}`, start, end);
  const theirs = range?.body ? await firstBytes(range.body, end - start) : Buffer.alloc(0);
  const ours = (await readFile(join(layout.journal, name))).subarray(start, end);
  if (!ours.equals(theirs)) throw new HoldfastError("mirror/fork");
}
