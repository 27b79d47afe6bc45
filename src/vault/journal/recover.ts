/**
 * Opening after a crash. Entries behind the last good one are either a torn write, which nobody was told about, or
 * damage to something acknowledged. The difference: no entry behind the fault may claim that the fault was durable,
 * and no checkpoint may count it.
 */
import type { KeyObject } from "node:crypto";
import { copyFile, open } from "node:fs/promises";
import { basename } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import type { Keyring } from "../keys/keyring.ts";
import { decodeHeader, decodePayload } from "./entry.ts";
import { type JournalFileHeader, listJournal, readFileStart, unwrapFileKey } from "./file.ts";
import type { CompactRange } from "./merkle.ts";
import { type ScannedEntry, scanEntries } from "./scan.ts";

export interface JournalState {
  path: string;
  header: JournalFileHeader;
  key: KeyObject;
  /** Number of entries, and so the next sequence number. */
  size: number;
  range: CompactRange;
  prev: Buffer;
  /** Time of the last entry, ms. */
  time: number;
  /** Byte length of the good part of the last file. */
  end: number;
  /** Where the entries begin of which no other says that they were durable: the last batch. */
  unproven: number;
  /** Bytes of an unacknowledged torn write behind it. */
  torn: number;
}

/** The state of the last journal file; undefined for a new archive. */
export async function recoverJournal(
  folder: string,
  archive: string,
  keyring: Keyring,
): Promise<JournalState | undefined> {
  const last = (await listJournal(folder)).at(-1);
  if (!last) return undefined;
  const start = await readFileStart(last.path, archive, last.first);
  const key = unwrapFileKey(keyring, start.header);
  const state: JournalState = {
    path: last.path,
    header: start.header,
    key,
    size: last.first,
    range: start.range,
    prev: start.prev,
    time: start.header.time,
    end: start.entriesAt,
    unproven: start.entriesAt,
    torn: 0,
  };
  const size = await advance(state, start.entriesAt);
  state.torn = size - state.end;
  if (state.torn > 0) await assertNeverDurable(state);
  return state;
}

/** Advances over all good entries. The chain vouches for each but the last, whose own seal is checked. */
async function advance(state: JournalState, entriesAt: number): Promise<number> {
  const scan = scanEntries(state.path, entriesAt, { seq: state.size, prev: state.prev });
  let held: ScannedEntry | undefined;
  let batch = state.size;
  const take = (entry: ScannedEntry): void => {
    if (entry.durable > batch) {
      batch = entry.durable;
      state.unproven = state.end;
    }
    accept(state, entry);
  };
  for (;;) {
    const { value, done } = await scan.next();
    if (done) {
      if (held && authentic(held, state.key)) take(held);
      return value.size;
    }
    for (const entry of value) {
      if (held) take(held);
      held = entry;
    }
    held = held && { ...held, bytes: Buffer.from(held.bytes) };
  }
}

function accept(state: JournalState, entry: ScannedEntry): void {
  state.range.append(entry.leaf);
  state.prev = entry.leaf;
  state.size = entry.seq + 1;
  state.time = entry.time;
  state.end = entry.at + entry.length;
}

function authentic(entry: ScannedEntry, key: KeyObject): boolean {
  try {
    decodePayload(entry.bytes, key);
    return true;
  } catch {
    return false;
  }
}

async function assertNeverDurable(state: JournalState): Promise<void> {
  const handle = await open(state.path, "r");
  const rest = Buffer.alloc(state.torn);
  try {
    await handle.read(rest, 0, rest.length, state.end);
  } finally {
    await handle.close();
  }
  if (claimsDurable(rest, state))
    throw new HoldfastError("storage/corrupt", `Journal entry ${state.size} is damaged; later entries are intact.`);
}

/** Keeps the file as it is beside it, before the torn write is cut off. @returns the copy's name */
export async function keepTorn({ path, size }: Pick<JournalState, "path" | "size">): Promise<string> {
  const aside = `${path}.torn-${size}`;
  await copyFile(path, aside);
  return basename(aside);
}

/** Does any authentic entry in `rest` say that the first unreadable entry was durable? */
function claimsDurable(rest: Buffer, state: JournalState): boolean {
  for (let at = 0; at < rest.length; at++) {
    const header = decodeHeader(rest, at);
    if (!header || header.durable <= state.size || header.seq < header.durable) continue;
    if (header.seq > state.size + rest.length || at + header.length > rest.length) continue;
    const entry = { ...header, bytes: rest.subarray(at, at + header.length) } as ScannedEntry;
    if (authentic(entry, state.key)) return true;
  }
  return false;
}
