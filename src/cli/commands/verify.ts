/** `holdfast verify`: proves that nothing stored was altered, dropped or reordered. */
import { defaultKeyFile } from "../../archive/index.ts";
import { type RebuildReport, rebuildCatalogue } from "../../archive/rebuild/index.ts";
import {
  assertWhole,
  layoutOf,
  lockFolder,
  originOf,
  readManifest,
  type VerifyReport,
  verifyArchive,
} from "../../vault/index.ts";
import { assertArchive } from "../compose/archive.ts";
import { askWitnesses } from "../compose/witnesses.ts";
import { configOf, type Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";
import { Percent } from "../program/percent.ts";
import { duration, size } from "../program/progress.ts";

type Options = Parsed & { rebuildCatalogue?: true; json?: boolean };

/** Problems printed; a damaged disk can have very many. */
const mostShown = 20;

/** Exit code 1 when something is wrong; the first line names the first journal entry that is. */
export async function verify(options: Options, environment: CommandEnvironment): Promise<ExitCode> {
  const config = await configOf(options, environment);
  await assertArchive(config);
  await assertWhole(config.data);
  const layout = layoutOf(config.data);
  using _lock = lockFolder(layout.lock);
  const manifest = await readManifest(layout.manifest);
  const started = environment.clock();
  const percent = new Percent("Verified", environment);
  const witnesses = await askWitnesses(config.witnesses, originOf(manifest!.archive));
  const keyFile = config.keyFile ?? defaultKeyFile(manifest!.archive, environment.variables);
  const report = await verifyArchive({
    dataFolder: config.data,
    keyFile,
    witnesses,
    onProgress: ({ stage, bytes, totalBytes }) => percent.update(stage, bytes, totalBytes),
  });
  const rebuilt =
    options.rebuildCatalogue && report.ok
      ? await rebuildCatalogue({
          dataFolder: config.data,
          keyFile,
          entries: report.entries,
          now: environment.clock,
          onProgress: (entries, of) => percent.update("catalogue", entries, of),
        })
      : undefined;
  percent.clear();
  const seconds = (environment.clock() - started) / 1000;
  if (options.json) environment.stdout.write(`${JSON.stringify({ ...report, catalogue: rebuilt, seconds })}\n`);
  else environment.stdout.write(describe(report, seconds) + describeCatalogue(rebuilt));
  return report.ok && (!rebuilt || rebuilt.before === "same") ? exit.done : exit.no;
}

function describeCatalogue(rebuilt: RebuildReport | undefined): string {
  if (!rebuilt) return "";
  if (rebuilt.before === "same") return "The catalogue was built anew from the journal; it was the same before.\n";
  const how = rebuilt.before === "different" ? `differed (${rebuilt.differing.join(", ")})` : "could not be read";
  return `The catalogue ${how}; it was built anew from the journal.\n`;
}

function describe(report: VerifyReport, seconds: number): string {
  const checked =
    `${report.entries} journal entries, ${report.checkpoints} signed checkpoints and ${report.objects} objects ` +
    `(${size(report.bytes)}) checked in ${duration(seconds)}` +
    (report.erased > 0 ? `; ${report.erased} of the objects are erased: their patients' keys were destroyed` : "") +
    (report.collected > 0 ? `; ${report.collected} were collected after their retention` : "");
  const witnessed = report.witnesses.map((witness) => `${witnessLine(witness, report.entries)}\n`).join("");
  if (report.ok) return `Everything is as it was written: ${checked}.\n${witnessed}`;
  const shown = report.problems.slice(0, mostShown).map((problem) => `  ${problem.message}\n`);
  const rest = report.problems.length - shown.length;
  return `WRONG: ${report.problems.length} problems, ${checked}.\n${shown.join("")}${rest > 0 ? `  and ${rest} more\n` : ""}${witnessed}`;
}

function witnessLine({ name, entries, time, asked }: VerifyReport["witnesses"][number], all: number): string {
  const from = asked ? "asked just now" : "not reached: by what the archive kept";
  if (entries === undefined) return `Witness ${name} (${from}): no cosignature.`;
  return `Witness ${name} (${from}): cosigned ${entries} of ${all} entries, at ${new Date(time!).toISOString()}.`;
}
