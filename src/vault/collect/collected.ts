/** Which segments the journal says were collected. */
import { readJournal } from "../journal/reader.ts";
import type { Keyring } from "../keys/keyring.ts";

const start = '{"kind":"collect"';

/** Of the payload of an entry; empty for all other kinds. */
export function collectedBy(payload: Buffer): number[] {
  if (!payload.toString("latin1", 0, start.length).startsWith(start)) return [];
  return (JSON.parse(payload.toString("utf8")) as { segments: number[] }).segments;
}

/** @throws HoldfastError storage/corrupt */
export async function collectedIn(journalFolder: string, archive: string, keyring: Keyring): Promise<Set<number>> {
  const collected = new Set<number>();
  for await (const run of readJournal(journalFolder, archive, keyring))
    for (const { payload } of run) for (const segment of collectedBy(payload)) collected.add(segment);
  return collected;
}
