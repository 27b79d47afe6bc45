import { type Command, Option } from "commander";
import { configOption } from "./config-options.ts";

/** What every command on a data folder takes. */
export function storeOptions(command: Command): void {
  for (const name of ["data", "keyFile", "config"] as const) command.addOption(configOption(name));
  command.addOption(new Option("--json", "machine output: JSON lines on standard output"));
}
