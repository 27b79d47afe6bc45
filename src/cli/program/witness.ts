/** The commands of a witness. */
import { type Command, Option } from "commander";
import { configOption } from "./config-options.ts";
import type { CommandEnvironment } from "./environment.ts";
import type { ExitCode } from "./exit.ts";
import { examples, wholeNumber } from "./words.ts";

export function addWitness(program: Command, environment: CommandEnvironment, finish: (code: ExitCode) => void): void {
  const witness = program
    .command("witness")
    .description("cosign the checkpoints of other archives, so that rewriting history shows");
  const load = () => import("../commands/witness.ts");
  const serve = witness
    .command("serve")
    .description("a witness alone (C2SP tlog-witness): keeps the newest checkpoint of each archive and cosigns it")
    .requiredOption("--data <dir>", "folder of the witness: its key and what it has seen; made when missing")
    .requiredOption("--name <name>", "its name, as a URL without scheme, e.g. witness.clinic.example")
    .requiredOption("--log <key...>", "verifier keys of the archives witnessed: holdfast witness log-key")
    .option("--port <n>", "HTTP port; 0 picks a free one", wholeNumber(0, 65_535), 8090)
    .option("--host <addr>", "address to listen on", "127.0.0.1")
    .option("--cert <file>", "PEM file with its certificate: HTTPS")
    .option("--key <file>", "PEM file with the private key of the certificate")
    .addHelpText(
      "after",
      examples([
        "holdfast witness serve --data /srv/witness --name witness.example --log holdfast/…+…+…",
        "prints its own key, which the archive pins",
      ]),
    );
  serve.action(async (options) => finish(await (await load()).witnessServe(options, environment)));
  const log = witness.command("log-key").description("print the verifier key of this archive's checkpoints");
  for (const name of ["data", "config"] as const) log.addOption(configOption(name));
  log.addOption(new Option("--json", "machine output: JSON lines on standard output"));
  log.addHelpText("after", examples(["holdfast witness log-key --data /srv/holdfast", "give it to the witness"]));
  log.action(async (options) => finish(await (await load()).logKey(options, environment)));
}
