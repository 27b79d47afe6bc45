/** What is remembered of copies of the key file: beside it, since a copy is made while the server runs. */
import { readFile } from "node:fs/promises";
import { replaceFile } from "../durable.ts";

export interface CopyNote {
  /** Generation of the root key that the copy is of; 0 when it has none. */
  generation: number;
  /** ms since 1970. */
  time: number;
  /** `backup`, `split`, `seal`. */
  way: string;
}

const noteFile = (keyFile: string): string => `${keyFile}.copies`;

export async function noteCopy(keyFile: string, note: CopyNote): Promise<void> {
  await replaceFile(noteFile(keyFile), `${JSON.stringify(note)}\n`);
}

/** The last copy made; undefined when none is on record. */
export async function lastCopy(keyFile: string): Promise<CopyNote | undefined> {
  const text = await readFile(noteFile(keyFile), "utf8").catch(() => "");
  try {
    return JSON.parse(text) as CopyNote;
  } catch {
    return undefined; // a note that cannot be read is none: a copy is due
  }
}
