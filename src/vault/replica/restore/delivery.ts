/** Brings pieces into a data folder, several at once and in any order; every byte is checked against its digest. */
import { type FileHandle, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HoldfastError } from "../../../core/index.ts";
import { makeFolder, syncFolder } from "../../durable.ts";
import { type Digest, digestOf, type Piece, pieceName, readSettled } from "../point.ts";
import type { ReplicaTarget } from "../target.ts";
import { PieceMemory } from "./memory.ts";

export interface DeliveryOptions {
  target: ReplicaTarget;
  archive: string;
  dataFolder: string;
  pieces: Piece[];
  /** Absent: on this thread. */
  digest?: Digest;
  /** Pieces under way, of which few are large; absent: those few. */
  atOnce?: number;
  /** Indices of pieces, what is needed first in front; those not named follow. */
  order?: Iterable<number>;
  /** The piece can be read here. `kept`: a restore before had brought it. */
  onPiece?(index: number, kept: boolean): void;
  /** All pieces of its file are durable, or none of them is: a sync failed. */
  onFile?(indices: number[], durable: boolean): void;
  /** The piece needs nothing any more. */
  isHere?(index: number): boolean;
  /** True: what was begun ends, the rest stays away. */
  stopped?(): boolean;
}

/** Large pieces under way. */
const largeAtOnce = 4;

interface Job {
  path: string;
  indices: number[];
  left: number;
  file: Promise<FileHandle> | undefined;
  users: number;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #queue: number[];
  /** Of the queue. */
  #next = 0;
  #urgent: number[] = [];
  readonly #begun: Uint8Array;
  readonly #memory = new PieceMemory(largeAtOnce);
  /** Files are synced one after another beside the lanes: a disk that flushes holds up nothing that can still be fetched. */
  #synced: Promise<void> = Promise.resolve();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const { pieces, order = [], isHere } = options;
    this.#begun = Uint8Array.from(pieces, (_, index) => (isHere?.(index) ? 1 : 0));
    for (const [index, { path }] of pieces.entries()) {
      const job = this.#jobs.get(path) ?? { path, indices: [], left: 0, file: undefined, users: 0 };
      this.#jobs.set(path, job);
      job.indices.push(index);
      if (!this.#begun[index]) job.left++;
    }
    this.#queue = [...new Set([...order, ...pieces.keys()])];
  }

  /** These are asked for just now: they come before all others. */
  hurry(indices: number[]): void {
    this.#urgent = [...indices, ...this.#urgent.filter((each) => !indices.includes(each))];
  }

  /** An interrupted delivery goes on where it was. @throws HoldfastError replica/*, request/cancelled; what the disk threw */
  async run(): Promise<void> {
    let failed = false;
    const fail = (error: unknown): never => {
      failed = true;
      throw error;
    };
    const { atOnce = largeAtOnce } = this.#options;
    const lane = async (): Promise<void> => {
      for (let index = this.#take(); index !== undefined && !failed; index = this.#take()) {
        const memory = await this.#memory.borrow(this.#options.pieces[index]!.length);
        try {
          if (this.#options.stopped?.()) throw new HoldfastError("request/cancelled");
          const whole = failed ? undefined : await this.#bring(index, memory);
          if (whole) this.#synced = this.#synced.finally(() => this.#finish(whole));
        } finally {
          this.#memory.give(memory);
        }
        this.#synced.catch(() => {
          failed = true;
        });
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: atOnce }, () => lane().catch(fail)));
    const [synced] = await Promise.allSettled([this.#synced]);
    for (const each of [...lanes, synced]) if (each.status === "rejected") throw each.reason;
  }

  #take(): number | undefined {
    for (;;) {
      const index = this.#urgent.shift() ?? this.#queue[this.#next++];
      if (index === undefined) return undefined;
      if (this.#begun[index]) continue;
      this.#begun[index] = 1;
      return index;
    }
  }

  /** @returns the file's job when this was its last piece; its file stays open then */
  async #bring(index: number, memory: Buffer): Promise<Job | undefined> {
    const piece = this.#options.pieces[index]!;
    const job = this.#jobs.get(piece.path)!;
    job.users++;
    job.file ??= this.#open(job);
    const file = await job.file;
    try {
      // Written again even so: what is read may be in the system's cache alone, where a sync that failed left it.
      const there = await readThere(this.#options, file, piece, memory);
      await write(file, there ?? (await fetchPiece(this.#options, piece, memory)), piece.offset);
      this.#options.onPiece?.(index, there !== undefined);
      if (--job.left > 0) return undefined;
      job.users++; // who syncs it
      return job;
    } finally {
      await this.#leave(job, file);
    }
  }

  async #leave(job: Job, file: FileHandle): Promise<void> {
    if (--job.users > 0) return;
    job.file = undefined;
    await file.close();
  }

  async #open({ path }: Job): Promise<FileHandle> {
    const { dataFolder } = this.#options;
    const full = join(dataFolder, path);
    await makeFolder(dirname(full), dataFolder);
    await (await open(full, "a+", 0o600)).close();
    return open(full, "r+");
  }

  async #finish(job: Job): Promise<void> {
    const { dataFolder, pieces, onFile } = this.#options;
    const { path, indices } = job;
    const file = await job.file!;
    try {
      const last = pieces[indices.at(-1)!]!;
      await file.truncate(last.offset + last.length);
      await file.sync().catch(async (error) => {
        onFile?.(indices, false);
        await file.truncate(0); // its pages count as written now, whether they were or not
        throw error;
      });
      await syncFolder(dirname(join(dataFolder, path)));
      onFile?.(indices, true);
    } finally {
      await this.#leave(job, file);
    }
  }
}

async function readThere(
  options: DeliveryOptions,
  file: FileHandle,
  piece: Piece,
  memory: Buffer,
): Promise<Buffer | undefined> {
  const { offset, length } = piece;
  const bytes = memory.subarray(0, length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  return bytesRead === length && (await isWhole(options, piece, bytes)) ? bytes : undefined;
}

const isWhole = async ({ digest = digestOf }: DeliveryOptions, piece: Piece, bytes: Buffer): Promise<boolean> =>
  bytes.length === piece.length && (await digest(bytes)) === piece.digest;

async function write(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
}

/** The newest or else the first thing under the piece's name that has its digest; what was written over it does not matter. */
async function fetchPiece(options: DeliveryOptions, piece: Piece, memory: Buffer): Promise<Buffer> {
  const { target, archive } = options;
  const name = pieceName(archive, piece);
  const newest = await target.newest?.(name, memory);
  if (newest && (await isWhole(options, piece, newest))) return newest;
  for await (const stored of target.list(name)) {
    const bytes = await readSettled(target, stored, (read) => isWhole(options, piece, read)).catch(orNothing);
    if (bytes) return bytes;
  }
  throw new HoldfastError("replica/damaged", `A piece of ${piece.path} is missing or altered.`);
}

/** Listed, and gone before it was read. */
function orNothing(error: { code?: string }): undefined {
  if (error.code !== "ENOENT") throw error;
}
