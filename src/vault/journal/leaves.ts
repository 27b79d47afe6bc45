/** Walks the leaf hashes of a journal, remembering its place; needs no key. */
import { join } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import { journalFile } from "../layout.ts";
import { listJournal, readFileStart } from "./file.ts";
import type { CompactRange } from "./merkle.ts";
import { scanEntries } from "./scan.ts";

interface Place {
  path: string;
  /** Offset of the next entry in its file. */
  at: number;
  prev: Buffer;
}

export class LeafWalk {
  /** The tree of all entries passed. */
  readonly range: CompactRange;
  readonly #folder: string;
  readonly #archive: string;
  #place: Place;

  private constructor(folder: string, archive: string, place: Place, range: CompactRange) {
    this.#folder = folder;
    this.#archive = archive;
    this.#place = place;
    this.range = range;
  }

  /** Before entry `seq`; reads at most one file up to there. @throws HoldfastError storage/corrupt */
  static async at(folder: string, archive: string, seq: number): Promise<LeafWalk> {
    const file = (await listJournal(folder)).findLast(({ first }) => first <= seq);
    if (!file) throw missing(0);
    const start = await readFileStart(file.path, archive, file.first);
    const place = { path: file.path, at: start.entriesAt, prev: start.prev };
    const walk = new LeafWalk(folder, archive, place, start.range);
    await walk.to(seq);
    return walk;
  }

  /** A second walk from the same place. */
  clone(): LeafWalk {
    return new LeafWalk(this.#folder, this.#archive, { ...this.#place }, this.range.clone());
  }

  /** Passes the entries before `seq`. @throws HoldfastError storage/corrupt when they are not all there. */
  async to(seq: number, told?: (leaf: Buffer) => void): Promise<void> {
    while (this.range.size < seq) {
      const before = this.range.size;
      await this.#file(seq, told);
      if (this.range.size < seq) await this.#nextFile(before);
    }
  }

  async #file(seq: number, told?: (leaf: Buffer) => void): Promise<void> {
    const { path, at, prev } = this.#place;
    for await (const run of scanEntries(path, at, { seq: this.range.size, prev })) {
      for (const entry of run) {
        if (this.range.size === seq) return;
        this.range.append(entry.leaf);
        this.#place = { path, at: entry.at + entry.length, prev: entry.leaf };
        told?.(entry.leaf);
      }
      if (this.range.size === seq) return;
    }
  }

  /** The file that begins where this one ended. */
  async #nextFile(before: number): Promise<void> {
    const { size } = this.range;
    const path = join(this.#folder, journalFile(size));
    if (path === this.#place.path && size === before) throw missing(size);
    const start = await readFileStart(path, this.#archive, size).catch(() => undefined);
    if (!start?.prev.equals(this.#place.prev)) throw missing(size);
    this.#place = { path, at: start.entriesAt, prev: start.prev };
  }
}

const missing = (seq: number): HoldfastError =>
  new HoldfastError("storage/corrupt", `Journal entry ${seq} is missing or altered.`);
