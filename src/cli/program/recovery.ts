/** `damage` and `undo`. */
import type { Command } from "commander";
import type { CommandEnvironment } from "./environment.ts";
import type { ExitCode } from "./exit.ts";
import { storeOptions } from "./store-options.ts";
import { examples, moment } from "./words.ts";

type Finish = (code: ExitCode) => void;

export function addDamage(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const command = program
    .command("damage")
    .description("what an incident or a principal read, changed or hid, and what provably not: from the journal alone")
    .argument(
      "<incident|principal>",
      "an incident or alert (see alerts list), or user:NAME, ae:TITLE, key:NAME, vendor:NAME, host:ADDRESS, undo:ID, or a name of any kind",
    );
  span(command);
  command.addHelpText(
    "after",
    examples(
      ["holdfast damage 0b7c… --url http://127.0.0.1:8080", "of an incident, while the server runs"],
      ["holdfast damage vendor:acme --from 2026-04-20T00:00:00Z", "since that night"],
      [
        "holdfast damage ae:CT1 --from 2026-04-20T00:00:00Z --to 2026-04-21T00:00:00Z --json",
        "every object, for scripts",
      ],
    ),
  );
  storeOptions(command);
  command.action(async (named: string, options) =>
    finish(await (await import("../commands/damage.ts")).damageCommand({ ...options, named }, environment)),
  );
}

export function addUndo(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const command = program
    .command("undo")
    .description(
      "put back what an incident or a principal changed or hid, keeping what others did since; tells first, does with --apply",
    )
    .argument("<incident|principal>", "as for damage; undo:ID takes an undo back");
  span(command);
  command
    .option("--apply", "do it; without, only tell")
    .addHelpText(
      "after",
      examples(
        ["holdfast undo user:eve --from 2026-04-20T00:00:00Z", "what would be done"],
        ["holdfast undo user:eve --from 2026-04-20T00:00:00Z --apply", "do it; prints the id that takes it back"],
      ),
    );
  storeOptions(command);
  command.action(async (named: string, options) =>
    finish(await (await import("../commands/undo.ts")).undoCommand({ ...options, named }, environment)),
  );
}

function span(command: Command): void {
  command
    .option(
      "--from <time>",
      "beginning of the span (RFC 3339); default: a day before an incident's first finding, or the beginning",
      moment,
    )
    .option("--to <time>", "its end; default: now, or when the incident was closed", moment)
    .option("--url <url>", "ask the server that runs there; the API key comes from HOLDFAST_TOKEN");
}
