/** `holdfast import`: files, folders, ZIP files and DICOMDIR media into the archive, directly or through a server. */
import { join, resolve } from "node:path";
import {
  assertPaths,
  defaultZipLimits,
  type FileReport,
  type ImportSummary,
  type Intake,
  importEvent,
  importFiles,
  noResume,
  type Resume,
  resumeIn,
  stowIntake,
  walk,
} from "../../archive/transfer/index.ts";
import { codeOf, errorCodes, HoldfastError } from "../../core/index.ts";
import { localContext, openConfigured } from "../compose/archive.ts";
import type { Config } from "../config/index.ts";
import { configOf, type Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";
import { printable } from "../program/printable.ts";
import { type Amount, duration, Progress, size } from "../program/progress.ts";

type Options = Parsed & { paths: string[]; parallel: number; url?: string; json?: boolean };

/** Where objects go, and what to do when all went there. */
interface Store extends AsyncDisposable {
  intake: Intake;
  resume: Resume;
  finish(summary: ImportSummary): Promise<void>;
}

/** Exit code 0 when every DICOM file found is stored, 1 when some were refused or none was found. */
export async function importCommand(options: Options, environment: CommandEnvironment): Promise<ExitCode> {
  const paths = options.paths.map((path) => resolve(environment.cwd, path));
  assertPaths(paths);
  const config = await configOf(options, environment);
  const limits = { ...defaultZipLimits, entryBytes: config.limits.objectBytes };
  await using store = options.url
    ? serverStore(options.url, environment)
    : await localStore(config, paths, environment);
  const progress = new Progress("Imported", environment);
  let stopped = false;
  const unsubscribe = environment.onStop(() => {
    stopped = true;
  });
  void measure(walk(paths, limits)).then(
    (total) => progress.expect(total),
    () => {}, // the import itself reports what cannot be read
  );
  try {
    const summary = await importFiles({
      found: walk(paths, limits),
      intake: store.intake,
      resume: store.resume,
      parallel: options.parallel,
      stopped: () => stopped,
      onFile: (report, so) => tell(report, so, progress, options, environment),
    });
    await store.finish(summary);
    progress.clear();
    conclude(summary, progress.seconds(), options, environment);
    const stored = summary.created + summary.updated + summary.duplicate + summary.resumed;
    return summary.refused > 0 || summary.interrupted || stored === 0 ? exit.no : exit.done;
  } finally {
    unsubscribe();
    progress.clear();
  }
}

async function localStore(config: Config, paths: string[], environment: CommandEnvironment): Promise<Store> {
  const archive = await openConfigured(config, environment).catch((error) => {
    throw codeOf(error) === "storage/locked" ? inUse(config) : error;
  });
  const context = localContext("import", environment);
  const started = environment.clock();
  return {
    intake: (hint) => archive.store(context, hint),
    resume: resumeIn(join(config.data, "import"), paths),
    async finish(summary) {
      archive.record(importEvent(context, started, environment.clock, summary));
      await archive.flush();
    },
    [Symbol.asyncDispose]: () => archive.close(),
  };
}

function serverStore(url: string, environment: CommandEnvironment): Store {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new HoldfastError("request/invalid", "--url must be the http or https address of a running server.");
  }
  return {
    intake: stowIntake(new URL(url), environment.newId(), environment.variables["HOLDFAST_TOKEN"]),
    resume: noResume,
    finish: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

function inUse(config: Config): HoldfastError {
  return new HoldfastError(
    "storage/locked",
    `A server runs on ${config.data}; import through it: add --url http://127.0.0.1:${config.httpPort}`,
  );
}

/** Counts what there is beforehand, beside the import, for the time left. */
async function measure(found: ReturnType<typeof walk>): Promise<Amount> {
  const total = { files: 0, bytes: 0 };
  for await (const each of found) {
    total.files++;
    if (!("file" in each)) continue;
    total.bytes += each.file.size;
    each.file.done();
  }
  return total;
}

/** Each file as a JSON line, or the ones that were not stored as text. */
function tell(
  report: FileReport,
  summary: ImportSummary,
  progress: Progress,
  options: Options,
  environment: CommandEnvironment,
): void {
  if (options.json) environment.stdout.write(`${JSON.stringify(report)}\n`);
  else if (report.outcome === "refused" || report.outcome === "skipped") {
    progress.clear();
    const detail = report.detail ? ` (${report.detail})` : "";
    const line = `${report.outcome} ${report.file}: ${report.code} ${errorCodes[report.code!]}${detail}`;
    environment.stderr.write(`${printable(line)}\n`);
  }
  progress.update(summary);
}

function conclude(summary: ImportSummary, seconds: number, options: Options, environment: CommandEnvironment): void {
  if (options.json) {
    environment.stdout.write(`${JSON.stringify({ summary: { ...summary, seconds } })}\n`);
    return;
  }
  const { created, updated, duplicate, resumed, skipped, refused } = summary;
  const parts = [
    `${created} new`,
    ...(updated > 0 ? [`${updated} new versions`] : []),
    ...(duplicate > 0 ? [`${duplicate} stored before`] : []),
    ...(resumed > 0 ? [`${resumed} stored by the interrupted run`] : []),
    ...(skipped > 0 ? [`${skipped} not DICOM`] : []),
    `${refused} refused`,
  ];
  const speed = `${size(summary.bytes)} in ${duration(seconds)}`;
  environment.stdout.write(`${summary.files} files of ${summary.studies} studies: ${parts.join(", ")}; ${speed}.\n`);
  if (summary.interrupted) environment.stdout.write("Interrupted: run the same command again to go on.\n");
  if (summary.files === 0) environment.stdout.write("No file was found there.\n");
}
