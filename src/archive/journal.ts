import type { JournalEntry, JournalRecord } from "../catalogue/index.ts";
import { type Keyring, readJournal } from "../vault/index.ts";

/**
 * The journal as it is on disk; others may be appended meanwhile.
 * @param from sequence number of the first entry that it gives
 * @throws HoldfastError storage/corrupt
 */
export async function* journalOf(
  folder: string,
  archive: string,
  keyring: Keyring,
  from = 0,
): AsyncGenerator<JournalEntry> {
  for await (const run of readJournal(folder, archive, keyring, from))
    for (const { seq, time, payload } of run)
      yield { seq, time, record: JSON.parse(payload.toString()) as JournalRecord };
}
