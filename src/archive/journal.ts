import type { JournalEntry, JournalRecord } from "../catalogue/index.ts";
import { type Keyring, readJournal } from "../vault/index.ts";

/** The journal as it is on disk, from its first entry; others may be appended meanwhile. @throws HoldfastError storage/corrupt */
export async function* journalOf(folder: string, archive: string, keyring: Keyring): AsyncGenerator<JournalEntry> {
  for await (const run of readJournal(folder, archive, keyring))
    for (const { seq, time, payload } of run)
      yield { seq, time, record: JSON.parse(payload.toString()) as JournalRecord };
}
