/** Reads the command line, runs the command and turns whatever happens into an exit code. */
import { type Command, CommanderError } from "commander";
import { codeOf, HoldfastError } from "../../core/index.ts";
import { buildProgram } from "./commands.ts";
import type { CommandEnvironment } from "./environment.ts";
import { type ExitCode, exit, exitCodeOf } from "./exit.ts";
import { mendOf } from "./mends.ts";
import { printable } from "./printable.ts";

/** Never throws. `words` are the arguments behind the program's name. */
export async function runCommandLine(words: string[], environment: CommandEnvironment): Promise<ExitCode> {
  let code: ExitCode = exit.done;
  const program = buildProgram(environment, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    return error instanceof CommanderError ? usageCode(error, program, words) : explain(error, words, environment);
  }
  return code;
}

/** Commander has said what is wrong by now. */
function usageCode(error: CommanderError, program: Command, words: string[]): ExitCode {
  if (error.exitCode === 0) return exit.done;
  const command = program.commands.find((candidate) => candidate.name() === words[0]);
  const help = ["holdfast", command?.name(), "--help"].filter(Boolean).join(" ");
  if (error.code !== "commander.help") program.configureOutput().writeErr?.(`See ${help}\n`);
  return exit.usage;
}

function explain(error: unknown, words: string[], environment: CommandEnvironment): ExitCode {
  const code = codeOf(error);
  const message = (error as Error | undefined)?.message ?? String(error);
  const mend = mendOf(code);
  if (words.includes("--json")) environment.stdout.write(`${JSON.stringify({ error: { code, message, mend } })}\n`);
  environment.stderr.write(`${code}: ${message.split("\n").map(printable).join("\n")}\n${mend ? `  ${mend}\n` : ""}`);
  if (!(error instanceof HoldfastError) && environment.variables["HOLDFAST_TEST_STACK"]) {
    environment.stderr.write(`${(error as Error).stack}\n`);
  }
  return exitCodeOf(error);
}
