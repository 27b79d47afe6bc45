/** The commands and their options. What they do is loaded only when one runs, so that `--help` is quick. */
import { Command, Option } from "commander";
import { formats } from "../../sources/formats/index.ts";
import { configOptions } from "./config-options.ts";
import type { CommandEnvironment } from "./environment.ts";
import type { ExitCode } from "./exit.ts";
import { addApiKeys, addPeers, addUsers } from "./manage.ts";
import { addMirror } from "./mirror.ts";
import { addDamage, addUndo } from "./recovery.ts";
import { addAlerts, addContain, addPlannedWork, addRelease, addVerdicts } from "./response.ts";
import { addRetention } from "./retention.ts";
import { storeOptions } from "./store-options.ts";
import { addApprovals, addTenants } from "./tenants.ts";
import { version } from "./version.ts";
import { addWitness } from "./witness.ts";
import { examples, moment, positive, timeZone, wholeNumber } from "./words.ts";

/** A command's work: options as commander parsed them. */
export type Action<Options> = (options: Options, environment: CommandEnvironment) => Promise<ExitCode>;

type Finish = (code: ExitCode) => void;

export function buildProgram(environment: CommandEnvironment, finish: Finish): Command {
  const program = new Command("holdfast");
  program
    .description("A DICOM archive that detects attackers by their behaviour and keeps cancer patients on treatment.")
    .version(version(), "-V, --version", "print the version")
    .helpCommand(false)
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.stdout.write(text),
      writeErr: (text) => environment.stderr.write(text),
    })
    .addHelpText("after", "\nExit codes: 0 done, 1 the answer is no, 2 usage, 3 cannot run.");
  for (const add of [
    addServe,
    addImport,
    addExport,
    addVerify,
    addRestore,
    addDamage,
    addUndo,
    addAnalyze,
    addKeys,
    addRetention,
    addTenants,
    addPeers,
    addUsers,
    addApprovals,
    addAlerts,
    addContain,
    addRelease,
    addWitness,
    addMirror,
    addVerdicts,
    addPlannedWork,
  ])
    add(program, environment, finish);
  return program;
}

function addServe(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const command = program
    .command("serve")
    .description("run the archive: DICOM and HTTP on one data folder")
    .addHelpText(
      "after",
      examples(
        ["holdfast serve", "loopback, DICOM on 11112, HTTP on 8080, data in ./data"],
        ["holdfast serve --data /srv/holdfast --dicom-port 104", "another folder and port"],
        ["holdfast serve --config site.yaml", "everything from a file, see docs/operators.md"],
      ),
    );
  configOptions(command);
  command.action(async (options) => finish(await (await import("../commands/serve.ts")).serve(options, environment)));
}

function addImport(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const command = program
    .command("import")
    .description("store DICOM files from folders, ZIP files and DICOMDIR media; can be interrupted and run again")
    .argument("<path...>", "files, folders, ZIP files")
    .option("--url <url>", "store through the running server at this address instead of opening the data folder")
    .option("--parallel <n>", "files in flight", wholeNumber(1, 64), 4)
    .addHelpText(
      "after",
      examples(
        ["holdfast import /media/cdrom", "a disc with or without DICOMDIR"],
        ["holdfast import studies.zip more/", "several sources at once"],
        ["holdfast import --url http://127.0.0.1:8080 more/", "while the server runs"],
      ),
    );
  storeOptions(command);
  command.action(async (paths: string[], options) =>
    finish(await (await import("../commands/import.ts")).importCommand({ ...options, paths }, environment)),
  );
}

function addExport(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const command = program
    .command("export")
    .description("write stored objects as DICOM Part 10 files, byte for byte; can be interrupted and run again")
    .requiredOption("--out <dir>", "folder to write to; made when missing")
    .option("--patient <id>", "one patient, by Patient ID")
    .option("--study <uid>", "one study, by Study Instance UID")
    .option("--series <uid>", "one series, by Series Instance UID")
    .option("--instance <uid>", "one instance, by SOP Instance UID")
    .option("--all", "everything")
    .option("--as-of <time>", "the archive as it was then (RFC 3339, e.g. 2026-04-20T03:00:00Z)", moment)
    .option("--dicomdir", "lay the files out as DICOM media with a DICOMDIR")
    .addHelpText(
      "after",
      examples(
        ["holdfast export --study 1.2.3 --out ./out", "one study"],
        ["holdfast export --all --as-of 2026-04-20T03:00:00Z --out ./out", "everything, as it was that night"],
        ["holdfast export --patient 4711 --dicomdir --out /media/usb", "media for another clinic"],
      ),
    );
  storeOptions(command);
  command.action(async (options) =>
    finish(await (await import("../commands/export.ts")).exportCommand(options, environment)),
  );
}

function addVerify(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const command = program
    .command("verify")
    .description("prove that nothing stored was altered, dropped or reordered; names the first entry that is wrong")
    .option("--rebuild-catalogue", "also build the catalogue anew from the journal and compare")
    .addHelpText(
      "after",
      examples(
        ["holdfast verify", "every byte and link of ./data"],
        ["holdfast verify --data /srv/holdfast --json", "for scripts: exit code 1 when anything is wrong"],
      ),
    );
  storeOptions(command);
  command.action(async (options) => finish(await (await import("../commands/verify.ts")).verify(options, environment)));
}

function addRestore(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const command = program
    .command("restore")
    .description("build the archive anew in an empty folder from a replica alone; can be interrupted and run again")
    .requiredOption("--from <replica>", "s3://BUCKET/PREFIX or a folder")
    .option("--at <time>", "the newest recovery point made until then (RFC 3339)", moment)
    .option("--endpoint <url>", "an S3 other than Amazon's; credentials come from the environment, as for the AWS SDK")
    .option("--region <name>", "region of the bucket")
    .option(
      "--serve",
      "serve as soon as the journal is here, patients with recent plans first; the rest arrives meanwhile",
    )
    .addHelpText(
      "after",
      examples(
        ["holdfast restore --from /media/replica --data /srv/holdfast --key-file holdfast.key", "from a second disk"],
        ["holdfast restore --from /media/replica --serve --config site.yaml", "readable from the first seconds on"],
        [
          "holdfast restore --from s3://clinic/holdfast --at 2026-04-20T03:00:00Z --key-file holdfast.key",
          "as of then",
        ],
      ),
    );
  configOptions(command);
  command.addOption(new Option("--json", "machine output: JSON lines on standard output"));
  command.action(async (options) =>
    finish(await (await import("../commands/restore.ts")).restoreCommand(options, environment)),
  );
}

function addAnalyze(program: Command, environment: CommandEnvironment, finish: Finish): void {
  program
    .command("analyze")
    .description("run the behaviour engine over a log from elsewhere: a score for every event, no training, no labels")
    .argument("<file...>", "files or folders, also gzipped, in the order of their time")
    .addOption(
      new Option("--format <format>", "what the files hold (docs/behaviour.md)").choices(formats).makeOptionMandatory(),
    )
    .requiredOption("--scores <file>", "where to write a JSON line per event")
    .option("--alerts <file>", "where to write a JSON line per alert")
    .option("--canaries <file>", "patient ids and UIDs that nobody has a reason to touch, or their SHA-256, one a line")
    .option("--identities <file>", "names that are one identity: JSON, the name to be told and the list of the others")
    .option("--budget <n>", "false alerts a week that are acceptable", positive, 1)
    .option("--zone <name>", "time zone of logs that state none, as in Europe/Berlin", timeZone, "UTC")
    .option("--tick <seconds>", "length of a unit of integer times that do not count from 1970", positive, 60)
    .addOption(new Option("--json", "a summary as JSON on standard output"))
    .addHelpText(
      "after",
      examples(
        ["holdfast analyze --format edges --scores scores.jsonl flows.csv", "source,destination,time"],
        ["holdfast analyze --format edges --scores s.jsonl --alerts a.jsonl logs/", "a folder, with alerts"],
        ["holdfast analyze --format orthanc --scores s.jsonl Orthanc.log.gz", "what another archive logged"],
      ),
    )
    .action(async (paths: string[], options) =>
      finish(await (await import("../commands/analyze.ts")).analyzeCommand({ ...options, paths }, environment)),
    );
}

function addKeys(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const keys = program
    .command("keys")
    .description("API keys; and the key file without which the archive cannot be read");
  addApiKeys(keys, environment, finish);
  const show = keys.command("show-location").description("print where the key file is");
  storeOptions(show);
  show.action(async (options) =>
    finish(await (await import("../commands/keys.ts")).showLocation(options, environment)),
  );
  const backup = keys
    .command("backup")
    .description("copy the key file to a new file, readable by its owner only, and check the copy")
    .argument("<file>", "the copy; must not exist")
    .addHelpText("after", examples(["holdfast keys backup /media/usb/holdfast.key", "then keep it off-line"]));
  storeOptions(backup);
  backup.action(async (file: string, options) =>
    finish(await (await import("../commands/keys.ts")).backup({ ...options, file }, environment)),
  );
  const reader = keys
    .command("reader")
    .description("write a key file that reads and verifies everything and signs nothing, for a mirror")
    .argument("<file>", "must not exist")
    .addHelpText("after", examples(["holdfast keys reader origin.reader.json", "then --origin-key at the mirror"]));
  storeOptions(reader);
  reader.action(async (file: string, options) =>
    finish(await (await import("../commands/keys.ts")).reader({ ...options, file }, environment)),
  );
  const upgrade = keys
    .command("upgrade")
    .description("give an archive of format 1 a root key, and write a copy of its new key file; while it is stopped")
    .argument("<file>", "the copy; must not exist")
    .addHelpText("after", examples(["holdfast keys upgrade /media/usb/holdfast.key", "then keep it off-line"]));
  storeOptions(upgrade);
  upgrade.action(async (file: string, options) =>
    finish(await (await import("../commands/keys.ts")).upgrade({ ...options, file }, environment)),
  );
  addEscrow(keys, environment, finish);
}

function addEscrow(keys: Command, environment: CommandEnvironment, finish: Finish): void {
  const escrow = () => import("../commands/escrow.ts");
  const split = keys
    .command("split")
    .description("write shares of the key file, of which some together open it and fewer tell nothing")
    .argument("<folder>", "where the shares go, a file each")
    .option("--shares <n>", "how many shares", wholeNumber(2, 255), 5)
    .option("--threshold <k>", "how many open the key", wholeNumber(2, 255), 3)
    .addHelpText("after", examples(["holdfast keys split /media/usb --shares 5 --threshold 3", "any three of five"]));
  storeOptions(split);
  split.action(async (folder: string, options) =>
    finish(await (await escrow()).split({ ...options, folder }, environment)),
  );
  const combine = keys
    .command("combine")
    .description("put the key file together again from shares")
    .argument("<share...>", "files that split wrote")
    .requiredOption("--out <file>", "the key file; must not exist")
    .addOption(new Option("--json", "machine output: JSON lines on standard output"))
    .addHelpText("after", examples(["holdfast keys combine a.json b.json c.json --out holdfast.key", "three of five"]));
  combine.action(async (files: string[], options) =>
    finish(await (await escrow()).combine({ ...options, files }, environment)),
  );
  const seal = keys
    .command("seal")
    .description("encrypt a copy of the key file to age recipients, whose identity is kept off-line")
    .argument("<file>", "the sealed copy; must not exist")
    .requiredOption("--to <recipient...>", "age1…")
    .addHelpText("after", examples(["holdfast keys seal holdfast.key.age --to age1…", "opened with age --decrypt"]));
  storeOptions(seal);
  seal.action(async (file: string, options) => finish(await (await escrow()).seal({ ...options, file }, environment)));
}
