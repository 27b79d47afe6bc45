/** Signed notes in a file, as `journal/checkpoints` holds them: each after an empty line, oldest first. */
import { readFile } from "node:fs/promises";

export interface PlacedNote {
  text: string;
  /** Bytes `[start, end)` of the file. */
  start: number;
  end: number;
}

/** Three lines, an empty one, signature lines; no control characters, as sectors that were never written leave them. */
const form =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for is their absence
  /[^\x00-\x1f\x7f]+\n\d+\n[^\x00-\x1f\x7f]+\n\n(?:\xe2\x80\x94 [^\x00-\x20\x7f]+ (?:[A-Za-z0-9+/=]{92}|[A-Za-z0-9+/=]{104})\n)+/g;

/** What has the form of a note; whether it is signed is another question. */
export function placedNotes(bytes: Uint8Array): PlacedNote[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1"); // one character a byte
  return [...text.matchAll(form)].map((match) => ({
    text: Buffer.from(match[0], "latin1").toString("utf8"),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** The notes in a piece of text, oldest first. */
export function checkpointNotes(text: string): string[] {
  return placedNotes(Buffer.from(text)).map((note) => note.text);
}

/** Runs of bytes that belong to no note, each with where it begins. */
export function strayBytes(bytes: Uint8Array, notes: PlacedNote[]): { start: number; length: number }[] {
  const strays: { start: number; length: number }[] = [];
  let at = 0;
  for (const { start, end } of [...notes, { start: bytes.length, end: bytes.length }]) {
    const isEmptyLine = start - at === 1 && bytes[at] === 0x0a;
    if (start > at && !isEmptyLine) strays.push({ start: at, length: start - at });
    at = end;
  }
  return strays;
}

/** The file's bytes; none when there is no such file. */
export function readNoteFile(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
}

/** The notes in a file, oldest first. A torn last one is left out. */
export async function readCheckpointNotes(path: string): Promise<string[]> {
  return placedNotes(await readNoteFile(path)).map((note) => note.text);
}
