/** Whether every collection was rightful: at its entry nothing in its segments had to be kept, by the entries before it. */
import { codeOf } from "../../core/index.ts";
import { Needs, type NeedsRecord } from "../collect/needs.ts";
import { readJournal } from "../journal/reader.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { Problem } from "./report.ts";

export async function wrongCollections(journalFolder: string, archive: string, keyring: Keyring): Promise<Problem[]> {
  const problems: Problem[] = [];
  const needs = new Needs();
  try {
    for await (const run of readJournal(journalFolder, archive, keyring))
      for (const { seq, time, payload } of run) {
        const record = JSON.parse(payload.toString("utf8")) as NeedsRecord;
        const due = record.kind === "collect" ? needs.collectable(time) : undefined;
        for (const segment of due ? (record.segments ?? []) : [])
          if (!due!.has(segment)) problems.push(wrong(seq, segment));
        needs.read(seq, time, record);
      }
  } catch (error) {
    if (codeOf(error) !== "storage/corrupt") throw error; // named by who reads the journal entry by entry
  }
  return problems;
}

const wrong = (entry: number, segment: number): Problem => ({
  part: "segment",
  entry,
  segment,
  message: `Journal entry ${entry} collected segment ${segment}, in which something had to be kept.`,
});
