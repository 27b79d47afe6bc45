/** What of a data folder is durable and final up to the newest signed checkpoint: only that is replicated. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { collectedBy } from "../collect/collected.ts";
import { openCheckpoint } from "../journal/checkpoint.ts";
import { decodePayload } from "../journal/entry.ts";
import { listJournal, readFileStart, unwrapFileKey } from "../journal/file.ts";
import { placedNotes } from "../journal/notes.ts";
import { scanEntries } from "../journal/scan.ts";
import type { Keyring } from "../keys/keyring.ts";
import { layoutOf, segmentFile } from "../layout.ts";
import type { Manifest } from "../manifest.ts";

export interface Extent {
  /** Relative to the data folder, with `/`. */
  path: string;
  end: number;
}

export interface Durable {
  entries: number;
  /** Time of the last entry, ms. */
  time: number;
  extents: Extent[];
}

interface Located {
  location?: { segment: number; offset: number; length: number };
  object?: { location: { segment: number; offset: number; length: number } };
}

/** What entries `[from, checkpoint)` added; undefined when there is nothing new. @throws HoldfastError storage/corrupt */
export async function durableSince(
  dataFolder: string,
  manifest: Manifest,
  keyring: Keyring,
  from: number,
): Promise<Durable | undefined> {
  const layout = layoutOf(dataFolder);
  // Read once: a note that comes meanwhile would count entries that are not replicated.
  const checkpoints = await wholeNotes(layout.checkpoints);
  if (!checkpoints) return undefined;
  const { size } = openCheckpoint(checkpoints.last, manifest.key.verifier);
  if (size <= from) return undefined;
  const ends = new Map<string, number>();
  const reach = (path: string, end: number): void => void ends.set(path, Math.max(end, ends.get(path) ?? 0));
  const collected: number[] = [];
  let time = 0;
  const files = await listJournal(layout.journal);
  for (const [index, file] of files.entries()) {
    if (file.first >= size) break;
    if ((files[index + 1]?.first ?? size) < from) continue;
    const start = await readFileStart(file.path, manifest.archive, file.first);
    const key = unwrapFileKey(keyring, start.header);
    const path = `journal/${basename(file.path)}`;
    for await (const run of scanEntries(file.path, start.entriesAt, { seq: file.first, prev: start.prev })) {
      for (const entry of run) {
        if (entry.seq >= size) break;
        reach(path, entry.at + entry.length);
        time = entry.time;
        if (entry.seq < from) continue;
        const payload = decodePayload(entry.bytes, key);
        for (const segment of collectedBy(payload)) collected.push(segment);
        const record = JSON.parse(payload.toString("utf8")) as Located;
        const place = record.object?.location ?? record.location;
        if (place) reach(`vault/${segmentFile(place.segment)}`, place.offset + place.length);
      }
      if (run.at(-1)!.seq >= size) break;
    }
  }
  for (const segment of collected) ends.delete(`vault/${segmentFile(segment)}`); // what is gone needs no copy
  reach("journal/checkpoints", checkpoints.end);
  const cosignatures = await wholeNotes(layout.cosignatures);
  if (cosignatures) reach("journal/cosignatures", cosignatures.end);
  return { entries: size, time, extents: [...ends].map(([path, end]) => ({ path, end })) };
}

/** Up to where the last whole note ends: what a broken write left behind it is taken back, and another stands there later. */
async function wholeNotes(path: string): Promise<{ last: string; end: number } | undefined> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  const last = placedNotes(bytes).at(-1);
  return last && { last: last.text, end: last.end };
}

export const readManifestText = (dataFolder: string): Promise<string> =>
  readFile(join(dataFolder, "holdfast.json"), "utf8");
