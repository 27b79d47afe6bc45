/** The commands of a mirror. */
import { type Command, Option } from "commander";
import { configOptions } from "./config-options.ts";
import type { CommandEnvironment } from "./environment.ts";
import type { ExitCode } from "./exit.ts";
import { examples, positive } from "./words.ts";

export function addMirror(program: Command, environment: CommandEnvironment, finish: (code: ExitCode) => void): void {
  const load = () => import("../commands/mirror.ts");
  const mirror = program
    .command("mirror")
    .description("serve a live read-only copy of another archive, which goes on when that one is gone")
    .option("--from <url>", "https address of the origin")
    .option("--origin-key <file>", "the origin's key file, best one that keys reader wrote")
    .option("--cert <file>", "PEM file with the certificate that the origin knows this mirror by")
    .option("--key <file>", "PEM file with its private key")
    .option("--ca <file>", "PEM file with the authorities that the origin's certificate must come from")
    .addHelpText(
      "after",
      examples(
        [
          "holdfast mirror --from https://pacs.example:8080 --data /srv/mirror --origin-key o.key.json --cert m.pem --key m.key",
          "follow that archive; options of serve count too",
        ],
        ["holdfast mirror status --url http://127.0.0.1:8080", "how far it is"],
      ),
    );
  configOptions(mirror);
  mirror.action(async (options) => finish(await (await load()).mirrorServe(options, environment)));
  mirror
    .command("status")
    .description("how far a running mirror is; exit code 1 when it is too far behind or alarmed")
    .requiredOption("--url <url>", "HTTP address of the mirror")
    .option("--max-lag <seconds>", "how long ago it may have held everything", positive, 300)
    .addOption(new Option("--json", "machine output: JSON on standard output"))
    .action(async (options) => finish(await (await load()).mirrorStatus(options, environment)));
}
