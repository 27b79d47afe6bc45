/** Finds the files to import: single files, folders with all below, ZIP files, and what a DICOMDIR lists. */
import { type Dirent, type Stats, statSync } from "node:fs";
import { opendir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../../core/index.ts";
import { filesOfDicomdir, missingFromDicomdir } from "./dicomdir.ts";
import { fileSource } from "./file.ts";
import type { Found } from "./source.ts";
import { walkZip, type ZipLimits } from "./zip.ts";

/** @throws HoldfastError request/invalid when a named path does not exist. */
export function assertPaths(paths: string[]): void {
  const missing = paths.filter((path) => !statSync(path, { throwIfNoEntry: false }));
  if (missing.length > 0) throw new HoldfastError("request/invalid", `There is no ${missing.join(", no ")}.`);
}

/** Every file below `paths`, in order. Folders reached twice (links that loop) are entered once. */
export async function* walk(paths: string[], limits: ZipLimits): AsyncGenerator<Found> {
  const entered = new Set<string>();
  for (const path of paths) {
    const status = await stat(path);
    if (status.isDirectory()) yield* walkFolder(path, entered, limits);
    else yield* walkFile(path, status, true, limits);
  }
}

async function* walkFolder(folder: string, entered: Set<string>, limits: ZipLimits): AsyncGenerator<Found> {
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const real = await realpath(next).catch(() => undefined);
    if (real === undefined || entered.has(real)) continue;
    entered.add(real);
    yield* listFolder(next, pending, limits);
  }
}

async function* listFolder(folder: string, pending: string[], limits: ZipLimits): AsyncGenerator<Found> {
  let entries: AsyncIterable<Dirent>;
  try {
    entries = await opendir(folder);
  } catch (error) {
    yield unreadable(folder, error);
    return;
  }
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      pending.push(path);
      continue;
    }
    const status = await stat(path).catch((error: unknown) => error);
    if (!isStats(status)) yield unreadable(path, status);
    else if (status.isDirectory()) pending.push(path);
    else if (status.isFile()) yield* walkFile(path, status, false, limits);
  }
}

async function* walkFile(path: string, status: Stats, named: boolean, limits: ZipLimits): AsyncGenerator<Found> {
  if (/\.zip$/i.test(path)) yield* walkZip(path, status, limits);
  else if (/(^|[\\/])DICOMDIR$/i.test(path)) yield* named ? filesOfDicomdir(path) : missingFromDicomdir(path);
  else yield { file: fileSource(path, status, named) };
}

function unreadable(name: string, error: unknown): Found {
  return { unreadable: { name, code: "import/unreadable", detail: (error as NodeJS.ErrnoException).code ?? "" } };
}

function isStats(value: unknown): value is Stats {
  return value instanceof Object && "isFile" in value;
}
