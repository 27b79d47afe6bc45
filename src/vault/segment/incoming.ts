/** An object on its way in: in memory while small, spooled to a file of its own once it is not. */
import { rm } from "node:fs/promises";
import { DurableFile } from "../durable.ts";
import type { PatientKey } from "../keys/object-keys.ts";
import type { ObjectBuilder } from "../object/builder.ts";
import type { RecordLocation } from "../object/reader.ts";
import { recordHeaderSize } from "../object/record.ts";

export class IncomingObject {
  readonly builder: ObjectBuilder;
  spool: Spool | undefined;
  readonly #makeSpool: () => Promise<Spool>;

  constructor(builder: ObjectBuilder, makeSpool: () => Promise<Spool>) {
    this.builder = builder;
    this.#makeSpool = makeSpool;
  }

  /** Writes what is gathered so far to the object's own file. The prefix must be known, and stay the same. */
  async spill(prefix: Uint8Array): Promise<void> {
    this.spool ??= await this.#makeSpool();
    await this.spool.append(this.builder, prefix);
  }

  /** Gives up what was spooled. */
  async discard(): Promise<void> {
    const spool = this.spool;
    this.spool = undefined;
    await spool?.remove();
  }
}

export class Spool {
  readonly path: string;
  readonly segment: number;
  readonly #file: DurableFile;
  /** Where the record begins. */
  readonly #start: number;

  private constructor(path: string, segment: number, file: DurableFile) {
    this.path = path;
    this.segment = segment;
    this.#file = file;
    this.#start = file.end;
  }

  static async create(path: string, segment: number, segmentHeader: Buffer): Promise<Spool> {
    const file = await DurableFile.create(path);
    try {
      await file.append([segmentHeader]);
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    return new Spool(path, segment, file);
  }

  async append(builder: ObjectBuilder, prefix: Uint8Array): Promise<void> {
    // The record header is filled in at the end; the encrypted prefix has its final length already.
    const head = this.#file.end === this.#start ? [Buffer.alloc(recordHeaderSize + prefix.length + 16)] : [];
    await this.#file.append([...head, ...builder.take()]);
  }

  async finish(
    builder: ObjectBuilder,
    prefix: Uint8Array,
    digest: Buffer,
    patient: PatientKey | undefined,
  ): Promise<RecordLocation> {
    await this.append(builder, prefix);
    const { head, tail, length } = builder.finish(prefix, digest, false, patient);
    await this.#file.append([tail]);
    await this.#file.patch(Buffer.concat(head), this.#start);
    await this.#file.sync();
    await this.#file.close();
    return { segment: this.segment, offset: this.#start, length };
  }

  async remove(): Promise<void> {
    await this.#file.close().catch(() => {}); // may be closed already; the file goes either way
    await rm(this.path, { force: true });
  }
}
