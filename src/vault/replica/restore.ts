/** Rebuilds a data folder from a replica alone. Every byte is checked against the signed recovery points. */
import { type FileHandle, open } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import { makeFolder, replaceFile, syncFolder } from "../durable.ts";
import type { Keyring } from "../keys/keyring.ts";
import { layoutOf } from "../layout.ts";
import { treatFirst } from "./order.ts";
import { digestOf, type Piece, pieceName, type RecoveryPoint, readPoints, readSettled } from "./point.ts";
import type { ReplicaTarget } from "./target.ts";

export interface RestoreOptions {
  target: ReplicaTarget;
  archive: string;
  keyring: Keyring;
  dataFolder: string;
  /** The newest recovery point made at or before, ms since 1970; absent: the newest. */
  at?: number;
  onProgress?(bytes: number, of: number): void;
}

export interface Restored {
  point: Omit<RecoveryPoint, "pieces" | "manifest">;
  bytes: number;
  /** Bytes that a restore before had brought. */
  kept: number;
}

/** What may stand in a data folder. */
const ours = /^(journal|vault)\/[\w.]+$/;

/** An interrupted restore goes on where it was. @throws HoldfastError replica/* */
export async function restoreReplica(options: RestoreOptions): Promise<Restored> {
  const { target, archive, keyring, dataFolder, at } = options;
  const { points } = await readPoints(target, archive, keyring);
  const chosen = at === undefined ? points : points.filter(({ time }) => time <= at);
  const point = chosen.at(-1);
  if (!point) throw new HoldfastError("replica/none");
  const files = Map.groupBy(
    chosen.flatMap(({ pieces }) => pieces),
    ({ path }) => path,
  );
  const total = chosen.reduce((sum, { pieces }) => sum + pieces.reduce((all, { length }) => all + length, 0), 0);
  const restored: Restored = { point: pick(point), bytes: 0, kept: 0 };
  const bring = async (paths: Iterable<string>): Promise<void> => {
    for (const path of paths) {
      if (!ours.test(path) || normalize(path) !== path) throw new HoldfastError("replica/damaged");
      await restoreFile(options, path, files.get(path)!, (length, was) => {
        restored.bytes += length;
        if (was) restored.kept += length;
        options.onProgress?.(restored.bytes, total);
      });
    }
  };
  // The journal first: it says what lies where in the vault, and whose it is.
  const [journal, vault] = [true, false].map((is) =>
    [...files.keys()].filter((path) => path.startsWith("journal/") === is).sort(),
  ) as [string[], string[]];
  await bring(journal);
  const first = await treatFirst(layoutOf(dataFolder).journal, archive, keyring);
  await bring(new Set([...first.filter((path) => files.has(path)), ...vault]));
  await replaceFile(join(dataFolder, "holdfast.json"), point.manifest); // last: without it the folder is no archive
  return restored;
}

const pick = ({ pieces: _, manifest: __, ...point }: RecoveryPoint) => point;

async function restoreFile(
  options: RestoreOptions,
  path: string,
  pieces: Piece[],
  done: (length: number, was: boolean) => void,
): Promise<void> {
  const full = join(options.dataFolder, path);
  await makeFolder(dirname(full), options.dataFolder);
  const file = await open(full, "a+", 0o600).then(async (made) => {
    await made.close();
    return open(full, "r+");
  });
  try {
    let end = 0;
    for (const piece of pieces.sort((a, b) => a.offset - b.offset)) {
      if (piece.offset !== end) throw new HoldfastError("replica/damaged", `A piece of ${path} is missing.`);
      end += piece.length;
      // Written again even so: what is read may be in the system's cache alone, where a sync that failed left it.
      const there = await readThere(file, piece);
      await write(file, there ?? (await fetchPiece(options, piece)), piece.offset);
      done(piece.length, there !== undefined);
    }
    await file.truncate(end);
    await file.sync().catch(async (error) => {
      await file.truncate(0); // its pages count as written now, whether they were or not
      throw error;
    });
  } finally {
    await file.close();
  }
  await syncFolder(dirname(full));
}

async function readThere(file: FileHandle, { offset, length, digest }: Piece): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  return bytesRead === length && digestOf(bytes) === digest ? bytes : undefined;
}

async function write(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
}

/** The first thing under the piece's name that has its digest; what was written over it does not matter. */
async function fetchPiece({ target, archive }: RestoreOptions, piece: Piece): Promise<Buffer> {
  const name = pieceName(archive, piece);
  for await (const stored of target.list(name)) {
    const is = (bytes: Buffer) => bytes.length === piece.length && digestOf(bytes) === piece.digest;
    const bytes = await readSettled(target, stored, is).catch(orNothing);
    if (bytes) return bytes;
  }
  throw new HoldfastError("replica/damaged", `A piece of ${piece.path} is missing or altered.`);
}

/** Listed, and gone before it was read. */
function orNothing(error: { code?: string }): undefined {
  if (error.code !== "ENOENT") throw error;
}
