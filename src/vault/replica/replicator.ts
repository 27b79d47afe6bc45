/** Brings what is new to a replica, in pieces, and states a recovery point when all of it is there. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, codeOf, HoldfastError } from "../../core/index.ts";
import { Bandwidth } from "../bandwidth.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { Manifest } from "../manifest.ts";
import {
  type Digest,
  decodePoint,
  digestOf,
  encodePoint,
  type Piece,
  pieceName,
  pointName,
  type RecoveryPoint,
  readSettled,
  walkPoints,
} from "./point.ts";
import { durableSince, type Extent, readManifestText } from "./source.ts";
import type { ReplicaTarget } from "./target.ts";

export interface ReplicatorOptions {
  dataFolder: string;
  manifest: Manifest;
  keyring: Keyring;
  target: ReplicaTarget;
  now: Clock;
  wait(milliseconds: number): Promise<void>;
  /** Asked before each piece: true ends the round, which the next goes on from. */
  stopped?(): boolean;
  /** Absent: on this thread. */
  digest?: Digest;
  /** Upload no faster, bytes a second; absent: as fast as it goes. */
  bandwidth?: number;
}

/** Lost at most when a transfer breaks. */
const pieceSize = 8 * 1024 * 1024;
/** Pieces under way, each in memory. */
const atOnce = 4;

type Run = Pick<Piece, "path" | "offset" | "length">;

export class Replicator {
  readonly #options: ReplicatorOptions;
  readonly #done = new Map<string, number>();
  /** Where the chain goes on; undefined: it has to be looked at. */
  #last: { point?: RecoveryPoint; digest: string } | undefined;
  #point: RecoveryPoint | undefined;
  readonly #bandwidth: Bandwidth | undefined;

  constructor(options: ReplicatorOptions) {
    this.#options = options;
    const { bandwidth, now, wait } = options;
    if (bandwidth) this.#bandwidth = new Bandwidth(bandwidth, now, wait);
  }

  /** The newest recovery point; undefined before the first or before the replica was looked at. */
  get point(): RecoveryPoint | undefined {
    return this.#point;
  }

  /**
   * One round: everything up to the newest checkpoint. What a round that failed has added is found again by name.
   * @throws what the target or the disk threw; the next round goes on from there
   */
  async round(): Promise<{ bytes: number }> {
    const { dataFolder, manifest, keyring, now } = this.#options;
    this.#last ??= await this.#look();
    const last = this.#last;
    const durable = await durableSince(dataFolder, manifest, keyring, last.point?.entries ?? 0);
    if (!durable) return { bytes: 0 };
    const pieces = await this.#send(durable.extents.flatMap((extent) => this.#runsOf(extent)));
    const point: RecoveryPoint = {
      archive: manifest.archive,
      number: (last.point?.number ?? -1) + 1,
      previous: last.digest,
      time: now(),
      entries: durable.entries,
      entryTime: durable.time,
      manifest: await readManifestText(dataFolder),
      pieces,
    };
    const bytes = encodePoint(point, keyring);
    await this.#state(point, bytes);
    for (const { path, end } of durable.extents) this.#done.set(path, Math.max(end, this.#done.get(path) ?? 0));
    this.#point = point;
    return { bytes: pieces.reduce((sum, { length }) => sum + length, 0) };
  }

  /**
   * The point is stated when readers find it: of several that fit the oldest counts, which is another where an earlier
   * try arrived although it was said to have failed, or a listing was behind. Then the next round looks anew.
   */
  async #state(point: RecoveryPoint, bytes: Buffer): Promise<void> {
    const { target, keyring } = this.#options;
    this.#last = undefined;
    const name = pointName(point.archive, point.number);
    const fits = (each: Buffer): boolean => {
      const other = decodePoint(each, keyring);
      return other?.number === point.number && other.previous === point.previous && other.archive === point.archive;
    };
    await target.add(name, bytes);
    for await (const stored of target.list(name)) {
      const found = await readSettled(target, stored, fits);
      if (found?.equals(bytes)) {
        this.#last = { point, digest: digestOf(bytes) };
        return;
      }
      if (found) break;
    }
    throw new HoldfastError("replica/failed", "The recovery point is not found where it was put.");
  }

  /** What the replica has: asked of it alone, so that nothing on this machine can pretend. */
  async #look(): Promise<{ point?: RecoveryPoint; digest: string }> {
    const { target, manifest, keyring } = this.#options;
    this.#done.clear();
    let [point, digest]: [RecoveryPoint | undefined, string] = [undefined, ""];
    for await (const each of walkPoints(target, manifest.archive, keyring)) {
      ({ point, digest } = each);
      for (const { path, offset, length } of point.pieces)
        this.#done.set(path, Math.max(offset + length, this.#done.get(path) ?? 0));
    }
    if (point) await this.#assertContinues(point);
    this.#point = point;
    return { ...(point ? { point } : {}), digest };
  }

  /** Our journal holds what the newest point says: else this archive was restored to before it. */
  async #assertContinues({ pieces }: RecoveryPoint): Promise<void> {
    for (const { path, offset, length, digest } of pieces.filter((each) => each.path.endsWith(".hfj"))) {
      const bytes = await this.#read(path, offset, length).catch(orNothing);
      if (!bytes || digestOf(bytes) !== digest) throw new HoldfastError("replica/fork");
    }
  }

  async #read(path: string, offset: number, length: number): Promise<Buffer> {
    const file = await open(join(this.#options.dataFolder, path), "r");
    try {
      const bytes = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      if (bytesRead < length) throw new HoldfastError("storage/corrupt", "A file is shorter than the journal says.");
      return bytes;
    } finally {
      await file.close();
    }
  }

  /** What of an extent is not there yet, in pieces. */
  #runsOf({ path, end }: Extent): Run[] {
    const runs: Run[] = [];
    for (let offset = this.#done.get(path) ?? 0; offset < end; offset += pieceSize)
      runs.push({ path, offset, length: Math.min(pieceSize, end - offset) });
    return runs;
  }

  /** Several at once. After a failure none is begun, and those under way end before it is thrown. */
  async #send(runs: Run[]): Promise<Piece[]> {
    const pieces: Piece[] = new Array(runs.length);
    let [next, failed] = [0, false];
    const lane = async (): Promise<void> => {
      while (next < runs.length && !failed) {
        const index = next++;
        pieces[index] = await this.#sendOne(runs[index]!);
      }
    };
    const lanes = Array.from({ length: atOnce }, () =>
      lane().catch((error) => {
        failed = true;
        throw error;
      }),
    );
    for (const ended of await Promise.allSettled(lanes)) if (ended.status === "rejected") throw ended.reason;
    return pieces;
  }

  async #sendOne({ path, offset, length }: Run): Promise<Piece> {
    if (this.#options.stopped?.()) throw new HoldfastError("request/cancelled");
    await this.#bandwidth?.pass(length);
    const bytes = await this.#read(path, offset, length);
    const { digest = digestOf } = this.#options;
    const piece = { path, offset, length, digest: await digest(bytes) };
    await this.#options.target.add(pieceName(this.#options.manifest.archive, piece), bytes, piece.digest);
    return piece;
  }
}

/** A file that is not there or ends before is an answer; a disk that fails is none. */
function orNothing(error: unknown): undefined {
  const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
  if (!missing && codeOf(error) !== "storage/corrupt") throw error;
}
