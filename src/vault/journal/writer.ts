/** Appends to the journal: one batch, one write, one sync. One owner, one batch at a time. */
import { join } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import { DurableFile, replaceFile, unlessFull } from "../durable.ts";
import type { Keyring, RandomBytes } from "../keys/keyring.ts";
import { journalFile } from "../layout.ts";
import { isCheckpoint, openCheckpoint, signCheckpoint, verifierKey } from "./checkpoint.ts";
import { encodeEntry, leafHash, maxEntrySize, noEntry } from "./entry.ts";
import { encodeFileHeader, keyPurpose } from "./file.ts";
import { CompactRange } from "./merkle.ts";
import { NoteFile } from "./note-file.ts";
import { type JournalState, keepTorn, recoverJournal } from "./recover.ts";

export interface JournalOptions {
  folder: string;
  checkpoints: string;
  archive: string;
  origin: string;
  keyring: Keyring;
  random: RandomBytes;
  /** A new file is begun when the current one is longer. */
  maxFileSize?: number;
  /** Told, at the opening and after each batch, how many entries are durable. */
  onDurable?: (size: number) => void;
}

export class JournalWriter {
  readonly #options: JournalOptions;
  #file: DurableFile;
  readonly #checkpoints: NoteFile;
  /** Names of files in which the opening has kept what broken writes had left. */
  readonly setAside: string[];
  #state: JournalState;
  #checkpointed: number;
  #appending = false;

  private constructor(
    options: JournalOptions,
    file: DurableFile,
    checkpoints: NoteFile,
    state: JournalState,
    checkpointed: number,
  ) {
    this.#options = options;
    this.#file = file;
    this.#checkpoints = checkpoints;
    this.setAside = checkpoints.setAside === undefined ? [] : [checkpoints.setAside];
    this.#state = state;
    this.#checkpointed = checkpointed;
  }

  /** @throws HoldfastError storage/corrupt when the journal is shorter than, or differs from, its last checkpoint. */
  static async open(options: JournalOptions): Promise<JournalWriter> {
    const found = await recoverJournal(options.folder, options.archive, options.keyring);
    const verifier = verifierKey(options.origin, options.keyring.publicKey);
    await using opened = new AsyncDisposableStack();
    const checkpoints = opened.use(await NoteFile.open(options.checkpoints, (note) => isCheckpoint(note, verifier)));
    const checkpointed = checkAgainst(checkpoints.newest, verifier, found);
    const state = found ?? firstState(options);
    const file = found ? await DurableFile.openExisting(state.path) : await createFile(state);
    opened.defer(() => file.close());
    const writer = new JournalWriter(options, file, checkpoints, state, checkpointed);
    // On a full disk a torn write stays until there is room for its copy: before the next append.
    await writer.#cutTorn().catch(unlessFull);
    // What a killed process wrote may be in the system's cache alone: from here on it counts as durable.
    if (found) await file.renew(found.unproven);
    options.onDurable?.(state.size);
    opened.move();
    return writer;
  }

  /** Number of durable entries; the next entry's sequence number. */
  get size(): number {
    return this.#state.size;
  }

  /** Time of the last entry: later entries are never dated before it. */
  get time(): number {
    return this.#state.time;
  }

  /**
   * Appends and syncs. After an error nothing of the batch is in the journal, or the writer is unusable and every
   * further append fails until it is opened anew.
   */
  async append(batch: { time: number; payload: Uint8Array }[]): Promise<void> {
    if (this.#appending) throw new HoldfastError("internal/error", "Two writers append to one journal.");
    this.#appending = true;
    try {
      await this.#append(batch);
    } finally {
      this.#appending = false;
    }
  }

  async #append(batch: { time: number; payload: Uint8Array }[]): Promise<void> {
    const { options, state } = { options: this.#options, state: this.#state };
    await this.#trim(); // first: of a file that another follows every byte counts
    if (this.#file.end > (options.maxFileSize ?? 64 * 1024 * 1024)) await this.#rotate();
    const next = { size: state.size, prev: this.#state.prev, time: this.#state.time };
    const leaves: Buffer[] = [];
    const entries = batch.map(({ time, payload }) => {
      next.time = Math.max(next.time, time);
      const header = { seq: next.size, time: next.time, durable: this.#state.size, prev: next.prev };
      const entry = encodeEntry(header, payload, this.#state.key, options.random(12));
      // What cannot be read back must never be written: it would cut off all that follows.
      if (entry.length > maxEntrySize) throw new HoldfastError("internal/error", "A journal entry is too long.");
      next.prev = leafHash(entry);
      next.size++;
      leaves.push(next.prev);
      return entry;
    });
    try {
      await this.#file.append([Buffer.concat(entries)]);
      await this.#file.sync();
    } catch (error) {
      await this.#trim().catch(() => {}); // else before the next batch: who reads the file should not find what never was
      throw error;
    }
    for (const leaf of leaves) this.#state.range.append(leaf);
    Object.assign(this.#state, next, { end: this.#file.end });
    options.onDurable?.(next.size);
  }

  /** Signs and stores a checkpoint when entries came since the last. */
  async checkpoint(): Promise<string | undefined> {
    if (this.#checkpointed === this.#state.size) return undefined;
    const { origin, keyring } = this.#options;
    const tree = { origin, size: this.#state.size, root: this.#state.range.root() };
    const note = signCheckpoint(tree, keyring.signing, keyring.publicKey);
    await this.#checkpoints.append(note);
    this.#checkpointed = tree.size;
    return note;
  }

  /** Signs what is there and lets go. */
  async close(): Promise<void> {
    await this.#trim();
    await this.checkpoint();
    await this.#checkpoints.close();
    await this.#file.close();
  }

  /** Lets go of the files without another write. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    await this.#checkpoints[Symbol.asyncDispose]();
  }

  /** Sets aside what a broken write had left before the opening. */
  async #cutTorn(): Promise<void> {
    if (this.#state.torn === 0) return;
    this.setAside.unshift(await keepTorn(this.#state));
    await this.#file.truncate(this.#state.end);
    this.#state.torn = 0;
  }

  /** Takes back what a failed batch may have left. */
  async #trim(): Promise<void> {
    await this.#cutTorn();
    await this.#file.mend();
    if (this.#file.end !== this.#state.end) await this.#file.truncate(this.#state.end);
  }

  async #rotate(): Promise<void> {
    const state = { ...this.#state, ...nextFile(this.#options, this.#state) };
    const file = await createFile(state);
    await this.#file.close();
    this.#file = file;
    this.#state = state;
  }
}

function firstState(options: JournalOptions): JournalState {
  const empty = { size: 0, range: new CompactRange(), prev: noEntry, time: 0 };
  return { ...empty, ...nextFile(options, empty), end: 0, unproven: 0, torn: 0 };
}

function nextFile(options: JournalOptions, from: Pick<JournalState, "size" | "range" | "prev" | "time">) {
  const { key, wrapped } = options.keyring.newKey(keyPurpose(options.archive, from.size));
  const header = {
    archive: options.archive,
    first: from.size,
    time: from.time,
    prev: from.prev.toString("base64"),
    range: from.range.toJSON(),
    key: wrapped.toString("base64"),
  };
  return { path: join(options.folder, journalFile(from.size)), header, key };
}

/** The header is durable under a temporary name before the file appears, so a crash never leaves half a header. */
async function createFile(state: JournalState): Promise<DurableFile> {
  const header = encodeFileHeader(state.header);
  await replaceFile(state.path, header);
  state.end = header.length;
  return DurableFile.openExisting(state.path);
}

function checkAgainst(note: string | undefined, verifier: string, state: JournalState | undefined): number {
  if (note === undefined) return 0;
  const checkpoint = openCheckpoint(note, verifier);
  const size = state?.size ?? 0;
  if (checkpoint.size > size)
    throw new HoldfastError("storage/corrupt", `Journal entry ${size} is missing: ${checkpoint.size} were signed.`);
  if (state && checkpoint.size === size && !checkpoint.root.equals(state.range.root()))
    throw new HoldfastError("storage/corrupt", "The journal differs from its last checkpoint.");
  return checkpoint.size;
}
