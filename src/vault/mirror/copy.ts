/**
 * A mirror's copy of the journal. What it holds is accepted up to its newest checkpoint and no further: opening cuts off
 * what lies behind, so that a kill at any instant leaves an accepted state.
 */
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import { DurableFile, makeFolder, replaceFile, syncFolder } from "../durable.ts";
import { type Checkpoint, isCheckpoint, openCheckpoint } from "../journal/checkpoint.ts";
import { noEntry } from "../journal/entry.ts";
import { listJournal, readFileStart } from "../journal/file.ts";
import { CompactRange } from "../journal/merkle.ts";
import { placedNotes } from "../journal/notes.ts";
import { type ScannedEntry, scanEntries } from "../journal/scan.ts";
import { journalFile, type Layout } from "../layout.ts";

export interface CopyOptions {
  layout: Layout;
  archive: string;
  /** C2SP verifier key of the origin's checkpoints. */
  verifier: string;
}

interface OpenFile {
  name: string;
  file: DurableFile;
}

export class JournalCopy {
  range = new CompactRange();
  prev: Buffer = noEntry;
  /** Time of the last entry, ms. */
  time = 0;
  /** The newest checkpoint accepted, its note, and where the note begins in the file. */
  accepted: (Checkpoint & { note: string; start: number }) | undefined;
  readonly #options: CopyOptions;
  readonly #checkpoints: DurableFile;
  #current: OpenFile | undefined;

  private constructor(options: CopyOptions, checkpoints: DurableFile) {
    this.#options = options;
    this.#checkpoints = checkpoints;
  }

  /** @throws HoldfastError storage/corrupt when the copy itself is damaged */
  static async open(options: CopyOptions): Promise<JournalCopy> {
    const { layout } = options;
    for (const folder of [layout.root, layout.journal, layout.vault]) {
      await makeFolder(folder, folder);
      await syncFolder(folder);
    }
    const checkpoints = await DurableFile.openOrCreate(layout.checkpoints);
    const copy = new JournalCopy(options, checkpoints);
    copy.accepted = await copy.#newest();
    await copy.#cut(copy.accepted?.size ?? 0);
    if (copy.accepted && !copy.accepted.root.equals(copy.range.root()))
      throw new HoldfastError("storage/corrupt", "The mirror's copy of the journal differs from its checkpoint.");
    return copy;
  }

  get size(): number {
    return this.range.size;
  }

  /** The file that the next entry belongs to, as far as is known, and where in it. */
  get place(): { name: string; end: number } | undefined {
    return this.#current && { name: this.#current.name, end: this.#current.file.end };
  }

  /** Begins the next file with its header, which the caller has checked. */
  async beginFile(header: Buffer): Promise<void> {
    const name = journalFile(this.size);
    const path = join(this.#options.layout.journal, name);
    await this.#current?.file.sync();
    await this.#current?.file.close();
    this.#current = undefined;
    await replaceFile(path, header);
    this.#current = { name, file: await DurableFile.openExisting(path) };
  }

  async append(bytes: Buffer, entries: ScannedEntry[]): Promise<void> {
    await this.#current!.file.append([bytes]);
    for (const { leaf, time } of entries) {
      this.range.append(leaf);
      this.prev = Buffer.from(leaf);
      this.time = time;
    }
  }

  /** Everything up to the checkpoint counts from now on. Durable when it resolves. */
  async accept(checkpoint: Checkpoint, notes: string[]): Promise<void> {
    await this.#current!.file.sync();
    const start = await this.#checkpoints.append(notes.map((note) => Buffer.from(`\n${note}`)));
    await this.#checkpoints.sync();
    const note = notes.at(-1)!;
    const before = notes.slice(0, -1).reduce((sum, each) => sum + 1 + Buffer.byteLength(each), 0);
    this.accepted = { ...checkpoint, note, start: start + before + 1 };
  }

  async close(): Promise<void> {
    await this.#current?.file.close();
    await this.#checkpoints.close();
  }

  /** The newest note that the origin signed; what follows it was being written and is cut off. */
  async #newest(): Promise<JournalCopy["accepted"]> {
    const { layout, verifier } = this.#options;
    const { bytes, from } = await tailOf(layout.checkpoints);
    const note = placedNotes(bytes).findLast(({ text }) => isCheckpoint(text, verifier));
    await this.#checkpoints.truncate(note ? from + note.end : 0);
    return note && { ...openCheckpoint(note.text, verifier), note: note.text, start: from + note.start };
  }

  /** Walks to entry `size` and cuts off the rest. */
  async #cut(size: number): Promise<void> {
    const { layout, archive } = this.#options;
    const files = await listJournal(layout.journal);
    for (const { first, path } of files) if (first >= size) await rm(path);
    const last = files.findLast(({ first }) => first < size);
    if (size === 0) return;
    if (!last) throw new HoldfastError("storage/corrupt", "The mirror's copy of the journal is missing.");
    const start = await readFileStart(last.path, archive, last.first);
    this.range = start.range;
    this.prev = start.prev;
    let end = start.entriesAt;
    walk: for await (const run of scanEntries(last.path, end, { seq: last.first, prev: start.prev }))
      for (const entry of run) {
        if (entry.seq >= size) break walk;
        this.range.append(entry.leaf);
        this.prev = Buffer.from(entry.leaf);
        this.time = entry.time;
        end = entry.at + entry.length;
      }
    if (this.size !== size)
      throw new HoldfastError("storage/corrupt", `The mirror's copy lacks journal entry ${this.size}.`);
    const file = await DurableFile.openExisting(last.path);
    await file.truncate(end);
    this.#current = { name: journalFile(last.first), file };
  }
}

/** Bytes at the end of a file of notes that hold the newest ones. */
const tail = 64 * 1024;

async function tailOf(path: string): Promise<{ bytes: Buffer; from: number }> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - tail);
    const bytes = Buffer.alloc(size - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return { bytes: bytes.subarray(0, bytesRead), from };
  } finally {
    await file.close();
  }
}
