/** Recovery points: what a replica holds up to one entry of the journal, signed and chained. */
import { createHash, createPublicKey, sign, verify, webcrypto } from "node:crypto";
import { HoldfastError } from "../../core/index.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { ReplicaTarget, Stored } from "./target.ts";

/** A run of bytes of one file of the data folder, as one thing in the replica. */
export interface Piece {
  /** Relative to the data folder, with `/`. */
  path: string;
  offset: number;
  length: number;
  /** SHA-256, hex. */
  digest: string;
}

export interface RecoveryPoint {
  archive: string;
  number: number;
  /** SHA-256 (hex) of the point before; empty for the first. */
  previous: string;
  /** When it was made, ms since 1970. */
  time: number;
  /** Journal entries that can be restored, and the time of the last. */
  entries: number;
  entryTime: number;
  /** holdfast.json. */
  manifest: string;
  /** What came since the point before. */
  pieces: Piece[];
}

export const pieceName = (archive: string, { path, offset, digest }: Piece): string =>
  `${archive}/${path}/${String(offset).padStart(16, "0")}-${digest}`;
export const pointPrefix = (archive: string): string => `${archive}/points/`;
export const pointName = (archive: string, number: number): string =>
  `${pointPrefix(archive)}${String(number).padStart(10, "0")}`;

export const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Of a piece, as hex. */
export type Digest = (bytes: Uint8Array) => string | Promise<string>;

/** On a thread of the system's pool: a piece would hold up whatever else this thread does for 10 ms and more. */
export const digestInPool: Digest = async (bytes) =>
  Buffer.from(await webcrypto.subtle.digest("SHA-256", bytes)).toString("hex");

const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex"); // RFC 8410 section 4
const signatureSize = 64;

/** Signature[64] ‖ JSON. */
export function encodePoint(point: RecoveryPoint, keyring: Keyring): Buffer {
  const json = Buffer.from(JSON.stringify(point));
  return Buffer.concat([sign(null, json, keyring.signing), json]);
}

/** Undefined when this archive did not sign it. */
export function decodePoint(bytes: Buffer, keyring: Keyring): RecoveryPoint | undefined {
  if (bytes.length <= signatureSize) return undefined;
  const json = bytes.subarray(signatureSize);
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, keyring.publicKey]), format: "der", type: "spki" });
  if (!verify(null, json, key, bytes.subarray(0, signatureSize))) return undefined;
  return JSON.parse(json.toString("utf8")) as RecoveryPoint;
}

export interface PointChain {
  points: RecoveryPoint[];
  /** Where each was found. */
  stored: Stored[];
}

export interface PlacedPoint {
  point: RecoveryPoint;
  stored: Stored;
  /** SHA-256, hex. */
  digest: string;
}

/**
 * The points of an archive from the first on, as far as each is signed and names the one before. Of several things
 * under one name the oldest that fits counts: what a thief of credentials writes over it comes later. Few are in memory at
 * once.
 */
export async function* walkPoints(
  target: ReplicaTarget,
  archive: string,
  keyring: Keyring,
): AsyncGenerator<PlacedPoint> {
  let [number, previous] = [0, ""];
  for await (const { stored, first } of readAhead(target, target.list(pointPrefix(archive)))) {
    let point: RecoveryPoint | undefined;
    const fits = (bytes: Buffer): boolean => {
      point = stored.name === pointName(archive, number) ? decodePoint(bytes, keyring) : undefined;
      return point?.archive === archive && point.number === number && point.previous === previous;
    };
    const bytes = await readSettled(target, stored, fits, first);
    if (!bytes || !point) continue;
    previous = digestOf(bytes);
    number++;
    yield { point, stored, digest: previous };
  }
}

/** All of them, in memory at once. */
export async function readPoints(target: ReplicaTarget, archive: string, keyring: Keyring): Promise<PointChain> {
  const chain: PointChain = { points: [], stored: [] };
  for await (const { point, stored } of walkPoints(target, archive, keyring)) {
    chain.points.push(point);
    chain.stored.push(stored);
  }
  return chain;
}

/** Points are small and many: so many are on their way at once. */
const pointsAhead = 64;

interface Ahead {
  stored: Stored;
  first: Promise<Buffer>;
}

/** Begins to read each thing while those before it are looked at. */
async function* readAhead(target: ReplicaTarget, listed: AsyncIterable<Stored>): AsyncGenerator<Ahead> {
  const ahead: Ahead[] = [];
  for await (const stored of listed) {
    const first = target.read(stored);
    first.catch(() => {}); // told to who waits for it
    ahead.push({ stored, first });
    if (ahead.length === pointsAhead) yield ahead.shift()!;
  }
  yield* ahead;
}

/** So often a thing is read again that is not as it should be. */
const mostReads = 5;

/**
 * Reads a thing until it is as it should be, or is twice the same: what a bad line altered on the way is not what lies
 * there. Undefined: it is not as it should be. `first`: a reading already begun. @throws HoldfastError replica/failed when it is another each time
 */
export async function readSettled(
  target: ReplicaTarget,
  stored: Stored,
  accepts: (bytes: Buffer) => boolean | Promise<boolean>,
  first?: Promise<Buffer>,
): Promise<Buffer | undefined> {
  let before: Buffer | undefined;
  for (let reads = 0; reads < mostReads; reads++) {
    const bytes = await (reads === 0 && first ? first : target.read(stored));
    if (await accepts(bytes)) return bytes;
    if (before?.equals(bytes)) return undefined;
    before = bytes;
  }
  throw new HoldfastError("replica/failed", "What is read from it is another each time.");
}
