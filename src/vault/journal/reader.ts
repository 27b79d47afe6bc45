/** Reads the journal back in order: for rebuilding projections and catching up after a crash. */
import type { KeyObject } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import type { Keyring } from "../keys/keyring.ts";
import { journalFile } from "../layout.ts";
import { decodeHeader, decodePayload } from "./entry.ts";
import { listJournal, readFileStart, unwrapFileKey } from "./file.ts";
import { scanEntries } from "./scan.ts";

export interface JournalPayload {
  seq: number;
  time: number;
  payload: Buffer;
}

export interface PlacedPayload extends JournalPayload {
  place: EntryPlace;
}

/** Where an entry lies. */
export interface EntryPlace {
  /** First entry of its file. */
  file: number;
  at: number;
  length: number;
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
): AsyncGenerator<PlacedPayload[]> {
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
        yield wanted.map(({ seq, time, bytes, at, length }) => {
          return { seq, time, payload: decodePayload(bytes, key), place: { file: file.first, at, length } };
        });
    }
    const following = files[index + 1];
    if (following && following.first !== next)
      throw new HoldfastError("storage/corrupt", `Journal entry ${next} is missing or altered.`);
  }
}

/**
 * Single entries, in the order given, of a journal that was read before: each is authenticated, the chain between them is not
 * looked at. @throws HoldfastError storage/corrupt
 */
export async function* readPlaced(
  folder: string,
  archive: string,
  keyring: Keyring,
  places: Iterable<EntryPlace>,
): AsyncGenerator<JournalPayload> {
  let file: { first: number; key: KeyObject; handle: FileHandle } | undefined;
  try {
    for (const place of places) {
      if (file?.first !== place.file) {
        await file?.handle.close();
        file = await opened(join(folder, journalFile(place.file)), archive, place.file, keyring);
      }
      const bytes = Buffer.allocUnsafe(place.length);
      await file.handle.read(bytes, 0, place.length, place.at);
      const header = decodeHeader(bytes, 0);
      if (header?.length !== place.length)
        throw new HoldfastError("storage/corrupt", "A journal entry is not where it was.");
      yield { seq: header.seq, time: header.time, payload: decodePayload(bytes, file.key) };
    }
  } finally {
    await file?.handle.close();
  }
}

async function opened(path: string, archive: string, first: number, keyring: Keyring) {
  const { header } = await readFileStart(path, archive, first);
  return { first, key: unwrapFileKey(keyring, header), handle: await open(path, "r") };
}
