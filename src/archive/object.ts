/** Reads one stored object version for the protocols. */

import type { StoredObject } from "../catalogue/index.ts";
import { HoldfastError, passedThrough } from "../core/index.ts";
import {
  type ObjectKeys,
  type OpenRecord,
  openRecord,
  type RecordLocation,
  type SegmentFiles,
} from "../vault/index.ts";
import type { InstanceRef, ObjectReader } from "./types.ts";

type Location = Pick<StoredObject, "location" | "data">;

export class StoredObjectReader implements ObjectReader {
  readonly ref: InstanceRef;
  readonly #open: (location: RecordLocation) => Promise<OpenRecord>;
  #record: Promise<OpenRecord> | undefined;

  /** `isCollected`: by the journal, whatever lies in the vault's folder. */
  constructor(ref: InstanceRef, files: SegmentFiles, keys: ObjectKeys, isCollected: (segment: number) => boolean) {
    this.ref = ref;
    this.#open = async (location) => {
      if (isCollected(location.segment)) throw new HoldfastError("storage/collected");
      const record = await openRecord(files, keys, location);
      // A record is authentic wherever it lies; only its digest tells that it is the one that was asked for.
      if (record.digest.toString("hex") === ref.digest) return record;
      throw new HoldfastError("storage/corrupt", "Another object lies where this one should.");
    };
  }

  async header(): Promise<Uint8Array> {
    return (await this.#own()).prefix;
  }

  async *dataSet(start = 0, end = this.ref.dataSetSize): AsyncGenerator<Uint8Array> {
    const { data } = this.ref.location as Location;
    const record = data ? await this.#open(data) : await this.#own();
    for await (const chunk of record.body(start, end)) {
      yield chunk;
      passedThrough(chunk.length);
    }
  }

  async *file(start = 0, end = this.ref.headerSize + this.ref.dataSetSize): AsyncGenerator<Uint8Array> {
    const { headerSize } = this.ref;
    if (start < headerSize) yield (await this.header()).subarray(start, Math.min(end, headerSize));
    if (end > headerSize) yield* this.dataSet(Math.max(0, start - headerSize), end - headerSize);
  }

  /** The record with the Part 10 header, opened once. */
  #own(): Promise<OpenRecord> {
    this.#record ??= this.#open((this.ref.location as Location).location);
    return this.#record;
  }
}
