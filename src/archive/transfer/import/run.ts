/** The import use-case: reads files, a few at a time, into a store, and reports what became of each. */
import {
  type AccessEvent,
  type ByteSink,
  type Clock,
  codeOf,
  type ErrorCode,
  HoldfastError,
  rfc3339,
} from "../../../core/index.ts";
import type { RequestContext, StoreHint, StoreOutcome } from "../../types.ts";
import type { Resume } from "./resume.ts";
import type { Found, SourceFile } from "./source.ts";

/** Where objects go: the archive itself, or a server that takes STOW. */
export type Intake = (hint: StoreHint) => ByteSink<StoreOutcome>;

export type FileOutcome = "created" | "updated" | "duplicate" | "resumed" | "skipped" | "refused";

export interface FileReport {
  file: string;
  /** `resumed`: stored by an earlier run of the same import; `skipped`: not DICOM, passed over. */
  outcome: FileOutcome;
  code?: ErrorCode;
  detail?: string;
  sopInstanceUid?: string;
  bytes: number;
}

export interface ImportSummary extends Record<FileOutcome, number> {
  files: number;
  bytes: number;
  studies: number;
  /** Stopped before its end. */
  interrupted: boolean;
}

export interface ImportOptions {
  found: AsyncIterable<Found>;
  intake: Intake;
  resume: Resume;
  /** Files in flight. */
  parallel: number;
  /** Asked before each file. */
  stopped(): boolean;
  onFile(report: FileReport, summary: ImportSummary): void;
}

/** @throws HoldfastError storage/* when the store itself fails: what was stored until then stays. */
export async function importFiles(options: ImportOptions): Promise<ImportSummary> {
  const summary = emptySummary();
  const studies = new Set<string>();
  const files = options.found[Symbol.asyncIterator]();
  let failure: unknown;
  const work = async (): Promise<void> => {
    while (failure === undefined && !options.stopped()) {
      const next = await files.next();
      if (next.done) return;
      try {
        const report = await importOne(next.value, options, studies);
        count(summary, report);
        summary.studies = studies.size;
        options.onFile(report, summary);
      } catch (error) {
        failure ??= error;
      }
    }
    summary.interrupted ||= options.stopped();
  };
  await Promise.all(Array.from({ length: options.parallel }, work));
  await files.return?.(undefined);
  options.resume.flush();
  if (failure !== undefined) throw failure;
  if (!summary.interrupted) options.resume.clear();
  return summary;
}

/** The journal's entry about the run as a whole. */
export function importEvent(
  context: RequestContext,
  started: number,
  clock: Clock,
  summary: ImportSummary,
): AccessEvent {
  const stored = summary.created + summary.updated + summary.duplicate;
  return {
    time: rfc3339(started),
    activity: "import",
    status: summary.refused === 0 && !summary.interrupted ? "success" : stored > 0 ? "partial" : "failure",
    protocol: context.protocol,
    operation: context.operation,
    actor: context.actor,
    src_endpoint: context.src,
    count: { objects: stored, failed: summary.refused, studies: summary.studies },
    traffic: { bytes_in: summary.bytes },
    duration: Math.max(0, clock() - started),
  };
}

async function importOne(found: Found, options: ImportOptions, studies: Set<string>): Promise<FileReport> {
  if ("unreadable" in found) {
    const { name, ...why } = found.unreadable;
    return { file: name, outcome: "refused", ...why, bytes: 0 };
  }
  const { file } = found;
  try {
    if (options.resume.has(file)) return { file: file.name, outcome: "resumed", bytes: 0 };
    const report = await store(file, options.intake, studies);
    if (report.outcome !== "refused") options.resume.add(file);
    return report;
  } finally {
    file.done();
  }
}

async function store(file: SourceFile, intake: Intake, studies: Set<string>): Promise<FileReport> {
  let outcome: StoreOutcome | undefined;
  try {
    outcome = await pump(file, intake);
  } catch (error) {
    if (isOfTheStore(codeOf(error))) throw error;
    return { file: file.name, outcome: "refused", ...unreadable(error), bytes: 0 };
  }
  if (outcome === undefined) {
    return { file: file.name, outcome: file.named ? "refused" : "skipped", code: "object/not-dicom", bytes: 0 };
  }
  if (!outcome.ok) {
    if (isOfTheStore(outcome.code)) throw new HoldfastError(outcome.code, outcome.detail);
    const { code, detail, sopInstanceUid } = outcome;
    return { file: file.name, outcome: "refused", code, ...optional({ detail, sopInstanceUid }), bytes: 0 };
  }
  studies.add(outcome.studyUid);
  return { file: file.name, outcome: outcome.outcome, sopInstanceUid: outcome.sopInstanceUid, bytes: file.size };
}

/** Bytes into the store, which sees nothing of a file that is not DICOM. */
async function pump(file: SourceFile, intake: Intake): Promise<StoreOutcome | undefined> {
  let sink: ByteSink<StoreOutcome> | undefined;
  let head: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  try {
    for await (const chunk of file.read()) {
      let bytes = chunk;
      if (!sink) {
        head =
          head.length === 0 && chunk.length >= magicEnd
            ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
            : Buffer.concat([head, chunk]);
        if (head.length < magicEnd) continue;
        if (!isPart10(head)) return undefined;
        sink = intake({ form: "file", size: file.size });
        bytes = head;
      }
      await sink.write(bytes);
    }
  } catch (error) {
    sink?.abort(error);
    throw error;
  }
  return sink?.end();
}

const magicEnd = 132;

/** PS3.10 7.1: a preamble of 128 bytes, then DICM. */
function isPart10(head: Buffer): boolean {
  return head.toString("latin1", 128, magicEnd) === "DICM";
}

/** Failures after which the next file would fare no better. */
function isOfTheStore(code: ErrorCode): boolean {
  return code.startsWith("storage/") || code.startsWith("request/") || code.startsWith("association/");
}

function unreadable(error: unknown): { code: ErrorCode; detail: string } {
  return { code: "import/unreadable", detail: (error as NodeJS.ErrnoException).code ?? (error as Error).message };
}

function optional<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function count(summary: ImportSummary, report: FileReport): void {
  summary.files++;
  summary[report.outcome]++;
  summary.bytes += report.bytes;
}

function emptySummary(): ImportSummary {
  const outcomes = { created: 0, updated: 0, duplicate: 0, resumed: 0, skipped: 0, refused: 0 };
  return { ...outcomes, files: 0, bytes: 0, studies: 0, interrupted: false };
}
