/** Brings the catalogue up to the journal: after a crash, a failed write, or from nothing. */
import type { CatalogueWriter, JournalRecord } from "../../catalogue/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { type JournalWriter, type Keyring, readJournal } from "../../vault/index.ts";

export interface CatchUpSources {
  journal: Pick<JournalWriter, "size">;
  catalogue: CatalogueWriter;
  journalFolder: string;
  archive: string;
  keyring: Keyring;
}

/** Rows per transaction while catching up. */
const commitEvery = 5_000;

/** @throws HoldfastError storage/corrupt when the catalogue knows entries that the journal has not. */
export async function catchUp(
  sources: CatchUpSources,
  progress?: (applied: number, size: number) => void,
): Promise<void> {
  const { catalogue, journal } = sources;
  if (catalogue.appliedSeq + 1 === journal.size) return;
  if (catalogue.appliedSeq + 1 > journal.size)
    throw new HoldfastError("storage/corrupt", `Journal entry ${journal.size} is missing: the catalogue has seen it.`);
  progress?.(catalogue.appliedSeq + 1, journal.size);
  let since = 0;
  for await (const run of readJournal(
    sources.journalFolder,
    sources.archive,
    sources.keyring,
    catalogue.appliedSeq + 1,
  )) {
    for (const { seq, time, payload } of run) {
      if (seq >= journal.size) return;
      catalogue.apply({ seq, time, record: JSON.parse(payload.toString()) as JournalRecord });
      if (++since % commitEvery === 0) {
        catalogue.commit();
        progress?.(seq + 1, journal.size);
      }
    }
  }
  catalogue.commit();
}
