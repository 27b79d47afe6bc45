/**
 * Follows a journal that is being written: what is durable, in order, each entry once, however far behind the reader is.
 * The journal itself is the buffer between writer and reader. Synchronous: for a thread that does nothing else.
 */
import type { KeyObject } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { HoldfastError } from "../../core/index.ts";
import type { Keyring } from "../keys/keyring.ts";
import { decodePayload, maxEntrySize, noEntry } from "./entry.ts";
import { listJournal, readFileStart, unwrapFileKey } from "./file.ts";
import type { JournalPayload } from "./reader.ts";
import { entriesOf } from "./scan.ts";

export interface JournalPlace {
  folder: string;
  archive: string;
  keyring: Keyring;
}

const usualChunk = 256 * 1024;

export class JournalTail {
  readonly #place: JournalPlace;
  #chunk = Buffer.allocUnsafe(usualChunk);
  #file: { first: number; descriptor: number; key: KeyObject } | undefined;
  /** Offset in the file, sequence number and leaf hash before it of the next entry to be read. */
  #at = 0;
  #next = 0;
  #prev: Buffer = noEntry;
  readonly #from: number;

  /** @param from sequence number of the first entry that `read` gives */
  constructor(place: JournalPlace, from: number) {
    this.#place = place;
    this.#from = from;
  }

  /** Sequence number of the next entry that `read` gives. */
  get position(): number {
    return Math.max(this.#from, this.#next);
  }

  /**
   * Goes to the first entry to be given. @returns the leaf hash of the entry before it: what the chain is up to there.
   * @throws HoldfastError storage/corrupt when the journal does not reach so far or is damaged.
   */
  async begin(): Promise<Buffer> {
    while (!this.#file || this.#next < this.#from) await this.#advance(this.#from);
    return this.#prev;
  }

  /** The same of the entry before `position`, once something has been read. */
  get leaf(): Buffer {
    return this.#prev;
  }

  /**
   * Some of the entries from `position` on, at least one while there are entries before `durable`: more, which may
   * lie on disk already, are not yet anybody's.
   * @throws HoldfastError storage/corrupt naming the first entry that is wrong or missing.
   */
  async read(durable: number): Promise<JournalPayload[]> {
    while (this.position < durable) {
      const entries = await this.#advance(durable);
      if (entries.length > 0) return entries;
    }
    return [];
  }

  async #advance(durable: number): Promise<JournalPayload[]> {
    if (!this.#file && !(await this.#open(this.position))) throw missing(this.position);
    if (this.#next >= durable) return [];
    const entries = this.#run(durable);
    if (entries !== "end") return entries;
    if (!(await this.#open(this.#next, this.#file!.first))) throw missing(this.#next);
    return [];
  }

  close(): void {
    if (this.#file) closeSync(this.#file.descriptor);
    this.#file = undefined;
  }

  /** Opens the file that holds the entry; the chain is walked from its start. False when it is the one that ended. */
  async #open(seq: number, ended?: number): Promise<boolean> {
    const { folder, archive, keyring } = this.#place;
    const file = (await listJournal(folder)).findLast(({ first }) => first <= seq);
    if (!file || file.first === ended) return false;
    const start = await readFileStart(file.path, archive, file.first);
    if (ended !== undefined && !start.prev.equals(this.#prev)) return false;
    this.close();
    this.#file = {
      first: file.first,
      descriptor: openSync(file.path, "r"),
      key: unwrapFileKey(keyring, start.header),
    };
    this.#at = start.entriesAt;
    this.#next = file.first;
    this.#prev = start.prev;
    return true;
  }

  /** Entries of one chunk; none when they were before `from` or one is longer than the chunk. */
  #run(durable: number): JournalPayload[] | "end" {
    const { descriptor, key } = this.#file!;
    const length = readSync(descriptor, this.#chunk, 0, this.#chunk.length, this.#at);
    const chunk = this.#chunk.subarray(0, length);
    const run = entriesOf(chunk, this.#at, { seq: this.#next, prev: this.#prev });
    const entries = run.entries.slice(0, durable - this.#next);
    const last = entries.at(-1);
    if (!last) return this.#stuck(length, run.sound);
    this.#at = last.at + last.length;
    this.#next = last.seq + 1;
    this.#prev = last.leaf;
    if (this.#chunk.length > usualChunk) this.#chunk = Buffer.allocUnsafe(usualChunk);
    return entries
      .filter(({ seq }) => seq >= this.#from)
      .map(({ seq, time, bytes }) => ({ seq, time, payload: decodePayload(bytes, key) }));
  }

  #stuck(length: number, sound: boolean): [] | "end" {
    if (sound && length === 0) return "end";
    if (!sound || length < this.#chunk.length || length >= maxEntrySize) throw missing(this.#next);
    this.#chunk = Buffer.allocUnsafe(Math.min(maxEntrySize, length * 4));
    return [];
  }
}

function missing(seq: number): HoldfastError {
  return new HoldfastError("storage/corrupt", `Journal entry ${seq} is missing or altered.`);
}
