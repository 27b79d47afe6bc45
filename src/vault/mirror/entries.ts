/** Fetches journal entries and appends them to the copy once seal, chain and, where one was signed, root hold. */
import { join } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import { decodePayload } from "../journal/entry.ts";
import { fileHeaderOf, type JournalFileHeader, readFileStart, unwrapFileKey } from "../journal/file.ts";
import { CompactRange } from "../journal/merkle.ts";
import type { ScannedEntry } from "../journal/scan.ts";
import type { Keyring } from "../keys/keyring.ts";
import { journalFile, journalSeqOf, type Layout } from "../layout.ts";
import type { Remote } from "../remote/client.ts";
import type { JournalCopy } from "./copy.ts";
import { EntryStream } from "./entry-stream.ts";
import { chunksOf, firstBytes, rangeFrom } from "./range.ts";

export interface PulledEntry {
  seq: number;
  /** ms since 1970. */
  time: number;
  record: unknown;
}

interface Options {
  layout: Layout;
  archive: string;
  keyring: Keyring;
  remote: Remote;
  /** The next are asked for when it resolves. */
  onBytes?(bytes: number): Promise<void>;
}

/** A header is a few hundred bytes: the tree has at most 53 roots. */
const longestHeader = 64 * 1024;

/**
 * Entries up to `size`, file after file. @param roots by tree size, as signed
 * @throws HoldfastError mirror/damaged, mirror/failed
 */
export async function pullEntries(
  options: Options,
  copy: JournalCopy,
  size: number,
  roots: Map<number, Buffer>,
  told: (entry: PulledEntry) => void,
): Promise<void> {
  let header = copy.place ? await readHeader(options, copy.place.name) : await nextFile(options, copy);
  while (copy.size < size) {
    const before = copy.size;
    await pullFile(options, copy, header, size, roots, told);
    if (copy.size > before) continue;
    if (copy.place!.name === journalFile(before)) throw lacks(before);
    header = await nextFile(options, copy);
  }
}

async function pullFile(
  options: Options,
  copy: JournalCopy,
  header: JournalFileHeader,
  size: number,
  roots: Map<number, Buffer>,
  told: (entry: PulledEntry) => void,
): Promise<void> {
  const { name, end } = copy.place!;
  const range = await rangeFrom(options.remote, `journal/${name}`, end);
  if (!range?.body) return;
  const key = unwrapFileKey(options.keyring, header);
  const stream = new EntryStream();
  for await (const chunk of chunksOf(range.body)) {
    await options.onBytes?.(chunk.length);
    const run = stream.push(chunk, copy.place!.end, { seq: copy.size, prev: copy.prev });
    if (!run) continue;
    const entries = run.entries.slice(0, size - copy.size);
    const check = new Check(copy, roots);
    for (const entry of entries) {
      check.entry(entry);
      const record = opened(entry, key);
      told({ seq: entry.seq, time: entry.time, record });
    }
    const bytes = Buffer.concat(entries.map((entry) => entry.bytes));
    await copy.append(bytes, entries);
    if (copy.size === size) return; // leaving the loop ends the transfer
  }
}

/** The tree and the time, entry by entry. */
class Check {
  readonly #range: CompactRange;
  readonly #roots: Map<number, Buffer>;
  #time: number;

  constructor(copy: JournalCopy, roots: Map<number, Buffer>) {
    this.#range = copy.range.clone();
    this.#roots = roots;
    this.#time = copy.time;
  }

  entry({ seq, time, leaf }: ScannedEntry): void {
    if (time < this.#time) throw damaged(seq, "is older than the one before");
    this.#time = time;
    this.#range.append(leaf);
    const root = this.#roots.get(this.#range.size);
    if (root && !root.equals(this.#range.root()))
      throw new HoldfastError("mirror/fork", `Its entries up to ${seq} are not those that it signed.`);
  }
}

function opened(entry: ScannedEntry, key: Parameters<typeof decodePayload>[1]): unknown {
  try {
    return JSON.parse(decodePayload(entry.bytes, key).toString("utf8"));
  } catch (cause) {
    throw new HoldfastError("mirror/damaged", `Journal entry ${entry.seq} was altered on the way.`, { cause });
  }
}

/** Begins the file of the next entry with the origin's header, when it states what we know of all before. */
async function nextFile(options: Options, copy: JournalCopy): Promise<JournalFileHeader> {
  const { bytes, header } = await fetchHeader(options, journalFile(copy.size), copy.size);
  const range = CompactRange.fromJSON(header.range);
  const follows =
    header.archive === options.archive &&
    header.first === copy.size &&
    header.time === copy.time &&
    Buffer.from(header.prev, "base64").equals(copy.prev) &&
    range.size === copy.size &&
    range.root().equals(copy.range.root());
  if (!follows) throw damaged(copy.size, "does not follow the one before");
  unwrapFileKey(options.keyring, header);
  await copy.beginFile(bytes);
  return header;
}

async function fetchHeader(options: Options, name: string, seq: number) {
  const range = await rangeFrom(options.remote, `journal/${name}`, 0, 12 + longestHeader);
  if (!range?.body) throw lacks(seq);
  const bytes = await firstBytes(range.body, 12 + longestHeader);
  try {
    return fileHeaderOf(bytes, seq);
  } catch (cause) {
    throw new HoldfastError("mirror/damaged", `The header of the journal file of entry ${seq} is none.`, { cause });
  }
}

async function readHeader({ layout, archive }: Options, name: string): Promise<JournalFileHeader> {
  return (await readFileStart(join(layout.journal, name), archive, journalSeqOf(name)!)).header;
}

const damaged = (seq: number, what: string): HoldfastError =>
  new HoldfastError("mirror/damaged", `Journal entry ${seq} ${what}.`);
const lacks = (seq: number): HoldfastError =>
  new HoldfastError("mirror/damaged", `The origin lacks journal entry ${seq}, which it signed.`);
