/**
 * Collects segments of which nothing has to be kept any more. What is handed over was found by a first reading of the
 * journal; this is the second, made on the writer's thread while stores go on, and ended between two rounds, so that
 * nothing comes between the last entry read and the entry that tells of the collection. The catalogue has to agree.
 * Told in the journal and by a checkpoint first, then the files go: a stop in between leaves files that the next start removes.
 */
import type { JournalRecord } from "../../catalogue/index.ts";
import { type AccessEvent, HoldfastError } from "../../core/index.ts";
import { type JournalPayload, Needs, type NeedsRecord, readJournal, removeSegments } from "../../vault/index.ts";
import { appendRecords } from "./commit.ts";
import type { OpenStores } from "./open.ts";

interface CollectStores extends OpenStores {
  now(): number;
}

/** @returns steps that say whether there is more to do; `collected` gets the segments whose files are gone */
export function collectSteps(
  stores: CollectStores,
  event: AccessEvent,
  candidates: readonly number[],
  collected: (segments: number[]) => void,
): () => Promise<boolean> {
  const needs = new Needs();
  const reading = read(stores, 0);
  let over = false;
  return async () => {
    if (stores.arrivals && stores.arrivals.awaited > 0) throw new HoldfastError("storage/arriving");
    if (!over) {
      over = await take(needs, reading);
      return true;
    }
    const rest = read(stores, needs.entries);
    while (!(await take(needs, rest)));
    if (needs.entries !== stores.journal.size) throw new Error("The journal was not read to its end.");
    collected(await collect(stores, event, candidates, needs));
    return false;
  };
}

const read = ({ journalFolder, archive, keyring }: CollectStores, from: number): AsyncGenerator<JournalPayload[]> =>
  readJournal(journalFolder, archive, keyring, from);

/** One run of entries. @returns whether there are no more */
async function take(needs: Needs, reading: AsyncGenerator<JournalPayload[]>): Promise<boolean> {
  const { value, done } = await reading.next();
  if (done) return true;
  for (const { seq, time, payload } of value) needs.read(seq, time, JSON.parse(payload.toString()) as NeedsRecord);
  return false;
}

async function collect(
  stores: CollectStores,
  event: AccessEvent,
  candidates: readonly number[],
  needs: Needs,
): Promise<number[]> {
  const { catalogue, segments: writer, journal, vaultFolder } = stores;
  const due = needs.collectable(Math.max(stores.now(), journal.time));
  const agreed = candidates.filter((segment) => due.has(segment) && segment !== writer.active);
  const seen = new Set(catalogue.seenIn(agreed));
  const segments = agreed.filter((segment) => !seen.has(segment));
  if (segments.length === 0) return [];
  const record: JournalRecord = { kind: "collect", event, segments };
  await appendRecords(stores, [record]);
  await journal.checkpoint(); // replicas go by checkpoints: they skip what this entry names
  await removeSegments(vaultFolder, catalogue.collected().union(new Set(segments)));
  return segments;
}
