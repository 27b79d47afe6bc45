/** Reads the journal back in order: for rebuilding projections and catching up after a crash. */
import { HoldfastError } from "../../core/index.ts";
import type { Keyring } from "../keys/keyring.ts";
import { decodePayload } from "./entry.ts";
import { listJournal, readFileStart, unwrapFileKey } from "./file.ts";
import { scanEntries } from "./scan.ts";

export interface JournalPayload {
  seq: number;
  time: number;
  payload: Buffer;
}

/**
 * Runs of entries from `from` to the end. The chain is checked on the way.
 * @throws HoldfastError storage/corrupt naming the first entry that is wrong or missing.
 */
export async function* readJournal(
  folder: string,
  archive: string,
  keyring: Keyring,
  from = 0,
): AsyncGenerator<JournalPayload[]> {
  const files = await listJournal(folder);
  const begin = Math.max(
    0,
    files.findLastIndex((file) => file.first <= from),
  );
  for (const [index, file] of files.entries()) {
    if (index < begin) continue;
    const start = await readFileStart(file.path, archive, file.first);
    const key = unwrapFileKey(keyring, start.header);
    let next = file.first;
    for await (const run of scanEntries(file.path, start.entriesAt, { seq: file.first, prev: start.prev })) {
      next = run.at(-1)!.seq + 1;
      const wanted = run.filter((entry) => entry.seq >= from);
      if (wanted.length > 0)
        yield wanted.map((entry) => ({ seq: entry.seq, time: entry.time, payload: decodePayload(entry.bytes, key) }));
    }
    const following = files[index + 1];
    if (following && following.first !== next)
      throw new HoldfastError("storage/corrupt", `Journal entry ${next} is missing or altered.`);
  }
}
