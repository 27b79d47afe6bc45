/** `holdfast analyze`: scores a log from elsewhere; a line per event, a line per alert. */
import { createHash } from "node:crypto";
import { createWriteStream, type WriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { finished } from "node:stream/promises";
import { HoldfastError } from "../../core/index.ts";
import {
  type AnalyzeSummary,
  analyze,
  type Format,
  type LineOutput,
  listFiles,
  parseIdentities,
} from "../../sources/index.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";
import { duration, Progress } from "../program/progress.ts";

interface Options {
  format: Format;
  scores: string;
  alerts?: string;
  tick: number;
  budget: number;
  canaries?: string;
  identities?: string;
  zone: string;
  json?: true;
  paths: string[];
}

const hashSeed = 1;

export async function analyzeCommand(options: Options, environment: CommandEnvironment): Promise<ExitCode> {
  const inputs = options.paths.map((path) => resolve(environment.cwd, path));
  const files = await listFiles(inputs);
  const canaries = options.canaries === undefined ? [] : await canariesOf(resolve(environment.cwd, options.canaries));
  const identities = await identitiesOf(options, environment);
  const scores = await open(options.scores, environment);
  const alerts = options.alerts === undefined ? undefined : await open(options.alerts, environment);
  const progress = new Progress("Analysed", environment);
  progress.expect({ files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) });
  try {
    const summary = await analyze({
      format: options.format,
      files,
      scores: writer(scores),
      ...(alerts ? { alerts: writer(alerts) } : {}),
      tickSeconds: options.tick,
      alertsPerWeek: options.budget,
      seed: hashSeed,
      canaries,
      ...(identities ? { identities } : {}),
      zone: options.zone,
      onProgress: (bytes) => progress.update({ files: files.findIndex(({ size }) => bytes < size) + 1, bytes }),
    });
    progress.clear();
    conclude(summary, progress.seconds(), options, environment);
    return exit.done;
  } finally {
    progress.clear();
    for (const stream of [scores, alerts]) if (stream) await finished(stream.end());
  }
}

/** @throws HoldfastError request/invalid */
async function identitiesOf({ identities, format }: Options, { cwd }: CommandEnvironment) {
  if (identities === undefined) return undefined;
  if (format === "edges")
    throw new HoldfastError("request/invalid", "Edges have no identities to be told under one name.");
  return parseIdentities(await readFile(resolve(cwd, identities), "utf8"));
}

/** A patient id or UID a line, or its SHA-256 in hex; empty lines and what follows # are left out. */
async function canariesOf(path: string): Promise<string[]> {
  const lines = (await readFile(path, "utf8")).split(/\r?\n/).map((line) => line.replace(/#.*/, "").trim());
  return lines.filter(Boolean).map((line) => {
    return /^[0-9a-f]{64}$/i.test(line) ? line : createHash("sha256").update(line).digest("hex");
  });
}

async function open(path: string, { cwd }: CommandEnvironment): Promise<WriteStream> {
  const stream = createWriteStream(resolve(cwd, path));
  await new Promise((done, fail) => stream.once("open", done).once("error", fail));
  return stream;
}

/** Resolves when the stream has taken the bytes: they may then be overwritten. */
function writer(stream: WriteStream): LineOutput {
  return (lines) => new Promise((done, fail) => stream.write(lines, (error) => (error ? fail(error) : done())));
}

function conclude(summary: AnalyzeSummary, seconds: number, options: Options, environment: CommandEnvironment): void {
  if (options.json) {
    environment.stdout.write(`${JSON.stringify({ ...summary, seconds })}\n`);
    return;
  }
  const { events, broken, outOfOrder, alerts } = summary;
  const rate = Math.round(events / Math.max(seconds, 0.001));
  environment.stderr.write(`${events} events in ${duration(seconds)} (${rate}/s), ${alerts} alerts.\n`);
  if (broken > 0) environment.stderr.write(`${broken} lines could not be read and were skipped.\n`);
  if (outOfOrder > 0)
    environment.stderr.write(`${outOfOrder} events were older than one before them; ${remedy(options.format)}\n`);
}

function remedy(format: Format): string {
  return format === "edges"
    ? "they were scored as of the latest time seen: sort the edges by time."
    : "all were sorted by time before they were scored.";
}
