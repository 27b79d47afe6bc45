/** Whole journal entries out of a stream of bytes; holds no more than one that is incomplete, and never joins twice. */
import { HoldfastError } from "../../core/index.ts";
import { entryOverhead, maxEntrySize } from "../journal/entry.ts";
import { entriesOf, type Run } from "../journal/scan.ts";

export class EntryStream {
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes that the first entry here needs, as far as is known. */
  #needed = entryOverhead;

  /** The entries that are whole with this chunk. @throws HoldfastError mirror/damaged when what follows is none */
  push(chunk: Buffer, at: number, expected: { seq: number; prev: Buffer }): Run | undefined {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return undefined;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const run = entriesOf(bytes, at, expected);
    if (!run.sound) throw damaged(expected.seq + run.entries.length);
    const rest = bytes.subarray(run.used);
    this.#needed = neededFor(rest, expected.seq + run.entries.length);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
    return run.entries.length === 0 ? undefined : run;
  }
}

function neededFor(rest: Buffer, seq: number): number {
  if (rest.length < entryOverhead) return entryOverhead;
  const length = rest.readUInt32BE(0);
  if (length < entryOverhead || length > maxEntrySize) throw damaged(seq);
  return length;
}

const damaged = (seq: number): HoldfastError =>
  new HoldfastError("mirror/damaged", `What the origin sent for journal entry ${seq} does not follow the one before.`);
