import { type Command, Option } from "commander";
import type { ManageOptions } from "../commands/manage.ts";
import { configOption } from "./config-options.ts";
import type { CommandEnvironment } from "./environment.ts";
import type { ExitCode } from "./exit.ts";

export type Finish = (code: ExitCode) => void;

interface Words {
  name: string;
  argument?: string;
  what: string;
  options?: Option[];
}

/** What makes the commands of a group, which work on the data folder or through the running server. */
export const verbs =
  (parent: Command, group: string, environment: CommandEnvironment, finish: Finish) =>
  (words: Words): void => {
    const command = parent.command(words.name).description(words.what);
    if (words.argument !== undefined) command.argument(`<${words.argument}>`);
    for (const option of words.options ?? []) command.addOption(option);
    for (const name of ["data", "keyFile", "config"] as const) command.addOption(configOption(name));
    command.addOption(
      new Option("--url <url>", "through the running server at this address; the API key comes from HOLDFAST_TOKEN"),
    );
    command.addOption(new Option("--json", "machine output: JSON on standard output"));
    command.action(async (...parameters: unknown[]) => {
      const [subject, options] = words.argument === undefined ? [undefined, parameters[0]] : parameters;
      const { manage } = await import("../commands/manage.ts");
      finish(await manage(`${group} ${words.name}`.trim(), subject as string, options as ManageOptions, environment));
    });
  };
