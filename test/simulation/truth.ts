/** What has to be true of a history: everything that somebody was told, and what the journal held. */
import { createHash } from "node:crypto";
import type { JournalRecord } from "../../src/catalogue/index.ts";
import { openCheckpoint } from "../../src/vault/index.ts";
import { decodePayload } from "../../src/vault/journal/entry.ts";
import { listJournal, readFileStart, unwrapFileKey } from "../../src/vault/journal/file.ts";
import { readCheckpointNotes } from "../../src/vault/journal/notes.ts";
import { scanEntries } from "../../src/vault/journal/scan.ts";
import type { Keyring } from "../../src/vault/keys/keyring.ts";
import { layoutOf } from "../../src/vault/layout.ts";

export interface Entry {
  seq: number;
  time: number;
  leaf: Buffer;
  record: JournalRecord;
}

export interface Acknowledged {
  tenant: string;
  uid: string;
  version: number;
  /** SHA-256 of the Part 10 file, hex. */
  digest: string;
  /** Entries that were durable when it was sent. */
  since: number;
}

/** The answer to what was to be seen at an instant. */
export interface Moment {
  time: number;
  /** Entries of the journal then. */
  entries: number;
  seen: string;
}

export class Truth {
  /** Digests of everything that was ever sent. */
  readonly sent = new Set<string>();
  readonly stored = new Map<string, Acknowledged>();
  /** Reasons of the deletions that were answered. */
  deleted = new Set<string>();
  /** Operations of the reads of which it is known that they are in the journal. */
  read = new Set<string>();
  /** Leaf hashes of the entries known to be durable. */
  leaves: Buffer[] = [];
  durable = 0;
  moments: Moment[] = [];
  /** Root by size, of every checkpoint that was ever seen. */
  checkpoints = new Map<number, string>();
  /** Entries that a replica is said to hold. */
  readonly promised = new Map<string, number>();

  acknowledge(of: Acknowledged): void {
    this.stored.set(`${of.tenant} ${of.uid} ${of.version}`, of);
  }

  /** The archive is, rightly, what it was after so many entries. */
  cutTo(entries: Entry[], count: number): void {
    const kept = entries.slice(0, count);
    const names = new Set(kept.flatMap(namesOf));
    for (const key of this.stored.keys()) if (!names.has(key)) this.stored.delete(key);
    this.deleted = new Set([...this.deleted].filter((reason) => names.has(reason)));
    this.read = new Set([...this.read].filter((operation) => names.has(operation)));
    this.leaves = kept.map(({ leaf }) => leaf);
    this.durable = count;
    this.moments = this.moments.filter((moment) => moment.entries < count);
    for (const size of this.checkpoints.keys()) if (size > count) this.checkpoints.delete(size);
  }
}

/** By what the truth knows an entry. */
export function namesOf({ record }: Entry): string[] {
  if (record.kind === "store") {
    const { sopInstanceUid, version } = record.object;
    return [`${record.event.tenant ?? "default"} ${sopInstanceUid} ${version}`];
  }
  if (record.kind === "delete") return record.target.reason ? [record.target.reason] : [];
  return record.kind === "access" ? [record.event.operation] : [];
}

export const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The whole journal of a data folder, its seals checked. */
export async function entriesIn(dataFolder: string, archive: string, keyring: Keyring): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const file of await listJournal(layoutOf(dataFolder).journal)) {
    const start = await readFileStart(file.path, archive, file.first);
    const key = unwrapFileKey(keyring, start.header);
    for await (const run of scanEntries(file.path, start.entriesAt, { seq: file.first, prev: start.prev }))
      for (const { seq, time, leaf, bytes } of run)
        entries.push({ seq, time, leaf, record: JSON.parse(decodePayload(bytes, key).toString()) as JournalRecord });
  }
  return entries;
}

/** Size and root of every checkpoint that the folder keeps. */
export async function checkpointsIn(dataFolder: string, verifier: string): Promise<{ size: number; root: string }[]> {
  const notes = await readCheckpointNotes(layoutOf(dataFolder).checkpoints);
  return notes.map((note) => {
    const { size, root } = openCheckpoint(note, verifier);
    return { size, root: root.toString("hex") };
  });
}
