/** `holdfast export`: stored objects as DICOM Part 10 files, byte for byte. */
import { resolve } from "node:path";
import type { Target } from "../../archive/index.ts";
import { type ExportSummary, exportFiles } from "../../archive/transfer/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { assertArchive, localContext, openConfigured } from "../compose/archive.ts";
import { configOf, type Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";
import { duration, Progress, size } from "../program/progress.ts";

interface Options extends Parsed {
  out: string;
  patient?: string;
  study?: string;
  series?: string;
  instance?: string;
  all?: true;
  /** ms since 1970. */
  asOf?: number;
  dicomdir?: true;
  json?: boolean;
}

const filesInFlight = 4;

/** Exit code 1 when nothing matches or the export was interrupted. */
export async function exportCommand(options: Options, environment: CommandEnvironment): Promise<ExitCode> {
  const target = targetOf(options);
  const config = await configOf(options, environment);
  await assertArchive(config);
  await using archive = await openConfigured(config, environment);
  const progress = new Progress("Exported", environment);
  let stopped = false;
  const unsubscribe = environment.onStop(() => {
    stopped = true;
  });
  try {
    const summary = await exportFiles({
      archive,
      context: localContext("export", environment),
      target,
      folder: resolve(environment.cwd, options.out),
      ...(options.dicomdir ? { dicomdirUid: uidOf(environment.newId()) } : {}),
      parallel: filesInFlight,
      clock: environment.clock,
      stopped: () => stopped,
      onStart: (total) => progress.expect(total),
      onFile(report, so) {
        if (options.json) environment.stdout.write(`${JSON.stringify(report)}\n`);
        progress.update(so);
      },
    });
    progress.clear();
    conclude(summary, progress.seconds(), options, environment);
    return summary.interrupted ? exit.no : exit.done;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== "request/not-found") throw error;
    environment.stderr.write("Nothing stored matches.\n");
    return exit.no;
  } finally {
    unsubscribe();
    progress.clear();
  }
}

/** Exactly one of the selecting options. @throws HoldfastError request/invalid */
function targetOf(options: Options): Target {
  const { patient, study, series, instance, all, asOf } = options;
  const stated = [patient, study, series, instance, all].filter((value) => value !== undefined);
  if (stated.length !== 1) {
    throw new HoldfastError(
      "request/invalid",
      "Say what to export: --patient, --study, --series, --instance or --all.",
    );
  }
  return {
    ...(patient === undefined ? {} : { patientId: patient }),
    ...(study === undefined ? {} : { studyUid: [study] }),
    ...(series === undefined ? {} : { seriesUid: [series] }),
    ...(instance === undefined ? {} : { sopInstanceUid: [instance] }),
    ...(asOf === undefined ? {} : { at: asOf }),
  };
}

/** A UID from a UUID: PS3.5 B.2. */
function uidOf(uuid: string): string {
  return `2.25.${BigInt(`0x${uuid.replaceAll("-", "")}`)}`;
}

function conclude(summary: ExportSummary, seconds: number, options: Options, environment: CommandEnvironment): void {
  if (options.json) {
    environment.stdout.write(`${JSON.stringify({ summary: { ...summary, seconds } })}\n`);
    return;
  }
  const { files, kept, bytes, patients, studies, interrupted } = summary;
  const before = kept > 0 ? ` (${kept} were there already)` : "";
  const what = `${files} files of ${studies} studies and ${patients} patients${before}`;
  environment.stdout.write(`${what}: ${size(bytes)} in ${duration(seconds)}.\n`);
  if (interrupted) environment.stdout.write("Interrupted: run the same command again to go on.\n");
}
