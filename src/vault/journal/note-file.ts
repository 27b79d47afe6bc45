/** A file of signed notes that only grows. One owner, one note at a time. */
import { basename } from "node:path";
import { DurableFile, replaceFile, unlessFull } from "../durable.ts";
import { placedNotes, readNoteFile } from "./notes.ts";

export class NoteFile {
  /** The newest note at the opening. */
  readonly newest: string | undefined;
  readonly #file: DurableFile;
  /** What a broken write had left at the end, and was not kept elsewhere yet. */
  #torn: Uint8Array | undefined;
  #setAside: string | undefined;
  /** Behind the last note that is durable. */
  #end: number;

  private constructor(file: DurableFile, newest: string | undefined, end: number, torn: Uint8Array | undefined) {
    this.#file = file;
    this.#end = end;
    this.newest = newest;
    this.#torn = torn;
  }

  /** Name of the file beside this one that holds what a broken write had left at its end. */
  get setAside(): string | undefined {
    return this.#setAside;
  }

  /**
   * What a broken write left at the end is cut off, and kept as `NAME.torn-OFFSET`: that is everything behind the last
   * note, or the last note itself when it is not signed, since a sector of it may be of an earlier write. Whether it
   * was a broken write, or an altered note, is for verification to say. On a full disk it stays until the next note.
   */
  static async open(path: string, isSigned: (note: string) => boolean = () => true): Promise<NoteFile> {
    const bytes = await readNoteFile(path);
    const notes = placedNotes(bytes);
    if (notes.length > 0 && !isSigned(notes.at(-1)!.text)) notes.pop();
    const last = notes.at(-1);
    const end = last?.end ?? 0;
    const file = await DurableFile.openOrCreate(path);
    const opened = new NoteFile(file, last?.text, end, bytes.length > end ? bytes.subarray(end) : undefined);
    try {
      await opened.#cutTorn().catch(unlessFull);
      // What a killed process wrote may be in the system's cache alone: from here on it counts as durable.
      if (last) await file.renew(last.start);
      return opened;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Durable when it resolves; after an error it is not in the file, or will not be before the next is. */
  async append(note: string): Promise<void> {
    await this.#trim();
    try {
      await this.#file.append([Buffer.from(`\n${note}`)]);
      await this.#file.sync();
    } catch (error) {
      await this.#trim().catch(() => {});
      throw error;
    }
    this.#end = this.#file.end;
  }

  async close(): Promise<void> {
    await this.#trim();
    await this[Symbol.asyncDispose]();
  }

  /** Lets go of the file without another write. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #cutTorn(): Promise<void> {
    if (!this.#torn) return;
    const { path } = this.#file;
    const aside = `${path}.torn-${this.#end}`;
    await replaceFile(aside, this.#torn);
    await this.#file.truncate(this.#end);
    this.#torn = undefined;
    this.#setAside = basename(aside);
  }

  /** Takes back what a failed write or sync may have left. */
  async #trim(): Promise<void> {
    await this.#cutTorn();
    await this.#file.mend();
    if (this.#file.end !== this.#end) await this.#file.truncate(this.#end);
  }
}
