/**
 * What the tests' servers and commands leave of logs, metrics and errors, kept in the folder that HOLDFAST_TEST_TRACES
 * names and searched for patient data and secrets when all tests are over (leaks.ts). Without the variable nothing is kept.
 */
import { appendFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { threadId } from "node:worker_threads";

export const traceKinds = ["logs", "metrics", "errors"] as const;
export type TraceKind = (typeof traceKinds)[number];

export interface Trace {
  /** The test file that was running, relative to the repository. */
  from: string;
  text: string;
}

/** Names the folder, for a test process and all that it starts. */
export const folderVariable = "HOLDFAST_TEST_TRACES";
/** Names the test file, for processes that it starts. */
const fileVariable = "HOLDFAST_TEST_FILE";

const folder = process.env[folderVariable];
const root = fileURLToPath(new URL("../../..", import.meta.url));
if (folder !== undefined) process.env[fileVariable] ??= relative(root, process.argv[1] ?? "");

/** Repeated texts are kept once; the memory of them is bounded, since fuzzing makes very many. */
const remembered = 20_000;
const seen = new Set<string>();

/** Keeps a text: a log line, an answer to `/metrics`, the message of an error. */
export function trace(kind: TraceKind, text: string): void {
  keep(kind, text);
}

/** Says that none of these may appear in any trace: names and ids of patients, passwords, tokens. */
export function markPrivate(...values: string[]): void {
  for (const value of values) if (!meansNothing.test(value)) keep("private", value);
}

/** One letter, what any figure may be, and a word of any sentence: traces are searched in any case. */
const meansNothing = /^(?:.?|[\d.]{1,5}|[a-z]+)$/i;

function keep(kind: TraceKind | "private", text: string): void {
  if (folder === undefined) return;
  const key = `${kind} ${text}`;
  if (seen.has(key)) return;
  if (seen.size >= remembered) seen.clear();
  seen.add(key);
  const from = process.env[fileVariable] ?? "";
  const line = `${JSON.stringify({ from, text } satisfies Trace)}\n`;
  appendFileSync(join(folder, `${kind}-${process.pid}-${threadId}.jsonl`), line);
}
