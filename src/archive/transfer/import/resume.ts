/**
 * What an interrupted import has already stored, so that the next run passes it over without reading it again. A line
 * per file, appended after the archive acknowledged it. Losing the file only costs time: storing again is harmless.
 */
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SourceFile } from "./source.ts";

export interface Resume {
  has(file: SourceFile): boolean;
  add(file: SourceFile): void;
  /** Writes what was added since. */
  flush(): void;
  /** The import is complete: the next one reads everything afresh. */
  clear(): void;
}

export const noResume: Resume = { has: () => false, add: () => {}, flush: () => {}, clear: () => {} };

const linesPerWrite = 256;

/** One record per set of paths, in `folder`. */
export function resumeIn(folder: string, paths: string[]): Resume {
  const id = createHash("sha256").update(paths.join("\0")).digest("hex").slice(0, 16);
  const record = join(folder, `${id}.done`);
  const done = new Set(readLines(record));
  let pending: string[] = [];
  const flush = (): void => {
    if (pending.length === 0) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    appendFileSync(record, `${pending.join("\n")}\n`, { mode: 0o600 });
    pending = [];
  };
  return {
    has: (file) => done.has(lineOf(file)),
    add(file) {
      pending.push(lineOf(file));
      if (pending.length >= linesPerWrite) flush();
    },
    flush,
    clear: () => rmSync(record, { force: true }),
  };
}

/** Names stay out of the record: they may hold patients' names. */
function lineOf(file: SourceFile): string {
  return createHash("sha256").update(`${file.name}\0${file.stamp}`).digest("base64url");
}

/** A last line cut short by a kill matches nothing and does no harm. */
function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    return [];
  }
}
