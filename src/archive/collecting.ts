/** Giving back the storage of what was deleted and whose retention has passed, in whole segments. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { JournalEntry } from "../catalogue/index.ts";
import type { AccessEvent, Clock } from "../core/index.ts";
import { Needs, type NeedsRecord, type SegmentFiles, segmentFile } from "../vault/index.ts";
import type { WriterClient } from "./writer/client.ts";

export interface Collection {
  segments: number[];
  /** Of their files. */
  bytes: number;
  /** False: it was only said what would be. */
  done: boolean;
}

export interface CollectingParts {
  writer: WriterClient;
  files: SegmentFiles;
  vaultFolder: string;
  journal(): AsyncIterable<JournalEntry>;
  now: Clock;
}

export class Collecting {
  readonly #parts: CollectingParts;

  constructor(parts: CollectingParts) {
    this.#parts = parts;
  }

  /** What could be collected now, by one reading of the whole journal. @throws HoldfastError storage/corrupt */
  async find(): Promise<Collection> {
    const { writer, journal, now } = this.#parts;
    await writer.flush();
    const needs = new Needs();
    for await (const { seq, time, record } of journal()) needs.read(seq, time, record as NeedsRecord);
    const segments = [...needs.collectable(now())].sort((a, b) => a - b);
    return { segments, bytes: await this.#sizeOf(segments), done: false };
  }

  /** Collects what a first reading finds and a second, by the writer, finds too. @throws HoldfastError storage/* */
  async collect(event: AccessEvent): Promise<Collection> {
    const { writer, files } = this.#parts;
    const found = await this.find();
    if (found.segments.length === 0) return { ...found, done: true };
    const sizes = new Map(
      await Promise.all(found.segments.map(async (each) => [each, await this.#size(each)] as const)),
    );
    const segments = await writer.collect(event, found.segments);
    for (const segment of segments) files.close(segment);
    return { segments, bytes: segments.reduce((sum, each) => sum + sizes.get(each)!, 0), done: true };
  }

  async #sizeOf(segments: number[]): Promise<number> {
    const sizes = await Promise.all(segments.map((segment) => this.#size(segment)));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async #size(segment: number): Promise<number> {
    const file = await stat(join(this.#parts.vaultFolder, segmentFile(segment))).catch(() => undefined);
    return file?.size ?? 0;
  }
}
