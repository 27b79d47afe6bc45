/** The note in a data folder whose restore is not complete: the journal is there, the vault arrives. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../core/index.ts";
import { replaceFile, syncFolder } from "./durable.ts";

export interface Restoring {
  /** Where the replica is; no secrets. */
  from: string;
  endpoint?: string;
  region?: string;
  /** Number of the recovery point. */
  point: number;
}

const noteOf = (dataFolder: string): string => join(dataFolder, "restoring.json");

export const noteRestoring = (dataFolder: string, restoring: Restoring): Promise<void> =>
  replaceFile(noteOf(dataFolder), `${JSON.stringify(restoring, undefined, 2)}\n`);

/** Undefined: no restore is under way. @throws HoldfastError storage/format when the note is damaged */
export async function readRestoring(dataFolder: string): Promise<Restoring | undefined> {
  const text = await readFile(noteOf(dataFolder), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Restoring;
  } catch (cause) {
    throw new HoldfastError("storage/format", "restoring.json is damaged; run holdfast restore again.", { cause });
  }
}

/** Everything is here and durable. */
export async function endRestoring(dataFolder: string): Promise<void> {
  await rm(noteOf(dataFolder), { force: true });
  await syncFolder(dataFolder);
}

/** @throws HoldfastError storage/arriving when the folder's restore is not complete */
export async function assertWhole(dataFolder: string): Promise<void> {
  if (await readRestoring(dataFolder))
    throw new HoldfastError(
      "storage/arriving",
      "The restore into this folder is not complete: holdfast restore goes on.",
    );
}
