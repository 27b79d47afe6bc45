/**
 * Appends object records to segments. Small objects are gathered in memory and written by group commit into the active
 * segment; a large one gets a segment of its own, written under a temporary name as its bytes arrive.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DurableFile, publish } from "../durable.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { PatientKey } from "../keys/object-keys.ts";
import { segmentFile, segmentOf, spoolFile } from "../layout.ts";
import { type CompressionPolicy, ObjectBuilder } from "../object/builder.ts";
import type { RecordLocation } from "../object/reader.ts";
import { IncomingObject, Spool } from "./incoming.ts";

export interface SegmentOptions {
  folder: string;
  archive: string;
  keyring: Keyring;
  compression: CompressionPolicy;
  /** Numbers up to this one are taken, whether their files are here or not. */
  after?: number;
  /** A new segment is begun when the active one is longer. */
  maxSegmentSize?: number;
}

/** One object whose bytes are all there, to be made durable. */
export interface FinishedObject {
  object: IncomingObject;
  prefix: Uint8Array;
  digest: Buffer;
  /** Its data set is already stored elsewhere. */
  elsewhere: boolean;
  /** Of the patient it is about; absent in archives whose key file has no root. */
  patient?: PatientKey;
}

const magic = Buffer.from("HFSEGM01");

export function encodeSegmentHeader(archive: string, segment: number): Buffer {
  const json = Buffer.from(JSON.stringify({ archive, segment }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([magic, length, json]);
}

export class SegmentWriter {
  readonly #options: SegmentOptions;
  #next: number;
  #active: { segment: number; file: DurableFile } | undefined;
  /** Bytes of the active segment that are known to be durable. */
  #durable = 0;

  private constructor(options: SegmentOptions, next: number) {
    this.#options = options;
    this.#next = next;
  }

  /**
   * Segments of former runs are never written again: behind the last record there may be bytes of a write that nobody
   * was told about. Spools of a former run were never acknowledged and are removed.
   */
  static async open(options: SegmentOptions): Promise<SegmentWriter> {
    const names = await readdir(options.folder);
    for (const name of names.filter((name) => name.endsWith(".spool"))) await rm(join(options.folder, name));
    const last = Math.max(options.after ?? 0, ...names.map((name) => segmentOf(name) ?? 0));
    return new SegmentWriter(options, last + 1);
  }

  /** The segment that is being written. */
  get active(): number | undefined {
    return this.#active?.segment;
  }

  begin(): IncomingObject {
    const builder = new ObjectBuilder(this.#options.keyring, this.#options.compression);
    return new IncomingObject(builder, () => this.#spool());
  }

  /**
   * Writes and syncs the objects; where each record lies, in the order given. After an error none of them counts, and
   * the next call begins a new segment.
   */
  async write(batch: FinishedObject[]): Promise<RecordLocation[]> {
    try {
      return await this.#write(batch);
    } catch (error) {
      await this.#abandon();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#active?.file.close();
  }

  async #write(batch: FinishedObject[]): Promise<RecordLocation[]> {
    const small = batch.filter((finished) => finished.elsewhere || !finished.object.spool);
    const file = small.length > 0 ? await this.#room() : undefined;
    const buffers: Buffer[] = [];
    let at = file?.file.end ?? 0;
    const locations: RecordLocation[] = [];
    for (const { object, prefix, digest, elsewhere, patient } of batch) {
      if (object.spool && !elsewhere) {
        locations.push(await this.#publish(object, prefix, digest, patient));
        continue;
      }
      const { head, tail, length } = object.builder.finish(prefix, digest, elsewhere, patient);
      buffers.push(...head, ...(elsewhere ? [] : object.builder.take()), tail);
      locations.push({ segment: file!.segment, offset: at, length });
      at += length;
      await object.discard();
    }
    if (file) {
      await file.file.append(buffers);
      await file.file.sync();
      this.#durable = file.file.end;
    }
    return locations;
  }

  async #publish(
    object: IncomingObject,
    prefix: Uint8Array,
    digest: Buffer,
    patient: PatientKey | undefined,
  ): Promise<RecordLocation> {
    const spool = object.spool!;
    const location = await spool.finish(object.builder, prefix, digest, patient);
    await publish(spool.path, join(this.#options.folder, segmentFile(spool.segment)));
    return location;
  }

  /** The active segment, a new one when there is none or it is full. */
  async #room(): Promise<{ segment: number; file: DurableFile }> {
    const limit = this.#options.maxSegmentSize ?? 256 * 1024 * 1024;
    if (this.#active && this.#active.file.end >= limit) {
      await this.#active.file.close();
      this.#active = undefined;
    }
    if (!this.#active) {
      const segment = this.#next++;
      const file = await DurableFile.create(join(this.#options.folder, segmentFile(segment)));
      this.#active = { segment, file };
      await file.append([encodeSegmentHeader(this.#options.archive, segment)]);
    }
    return this.#active;
  }

  /**
   * After a failed write or sync the kernel may have dropped the pages, so the file is not written again: it keeps what
   * was durable, and a new segment follows. Giving the space back matters when the disk is full.
   */
  async #abandon(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    if (!active) return;
    await active.file.truncate(this.#durable).catch(() => {}); // slack behind the last record is harmless
    await active.file.close().catch(() => {});
    this.#durable = 0;
  }

  async #spool(): Promise<Spool> {
    const segment = this.#next++;
    const path = join(this.#options.folder, spoolFile(segment));
    return Spool.create(path, segment, encodeSegmentHeader(this.#options.archive, segment));
  }
}
