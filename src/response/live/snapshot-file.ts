/**
 * The engine's state on disk: magic, u32 length and JSON of what it is of, the state, SHA-256 of all before. It is a
 * projection: whatever is wrong with it, it is left aside and the journal replayed.
 */
import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder, publish } from "../../vault/index.ts";

export interface SnapshotFacts {
  archive: string;
  /** What the engine was made with: another engine begins anew. */
  engine: string;
  /** Sequence number of the first entry that it has not seen, and the leaf hash of the entry before. Base64. */
  position: number;
  leaf: string;
  events: number;
  failed: number;
  remarks: number;
  alerts: number;
}

const magic = Buffer.from("HFBHVR01");
const digestSize = 32;
/** Between pieces of this size the thread does other work. */
const pieceSize = 1024 * 1024;

export async function writeSnapshot(path: string, facts: SnapshotFacts, state: Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  const json = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  const handle = await open(temporary, "w", 0o600);
  try {
    const hash = createHash("sha256");
    for (const piece of [magic, length, json, ...pieces(state)]) {
      hash.update(piece);
      await handle.writeFile(piece);
    }
    await handle.writeFile(hash.digest());
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await publish(temporary, path);
}

/** Undefined when there is none that is whole. */
export async function readSnapshot(path: string): Promise<{ facts: SnapshotFacts; state: Uint8Array } | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (!bytes || bytes.length < magic.length + 4 + digestSize) return undefined;
  const body = bytes.subarray(0, -digestSize);
  if (!createHash("sha256").update(body).digest().equals(bytes.subarray(-digestSize))) return undefined;
  if (!body.subarray(0, magic.length).equals(magic)) return undefined;
  const start = magic.length + 4;
  const end = start + body.readUInt32BE(magic.length);
  return { facts: JSON.parse(body.toString("utf8", start, end)) as SnapshotFacts, state: body.subarray(end) };
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
}
