/** `holdfast undo`: puts back what those of an incident, or one principal, changed or hid. */
import { type UndoOutcome, undo } from "../../archive/recovery/index.ts";
import { assertArchive, localContext, openConfigured } from "../compose/archive.ts";
import { configOf } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";
import { askServer, type SpanOptions, suspicionIn } from "./damage.ts";

type Options = SpanOptions & { apply?: true };

/** Exit code 1 when something is left for a person to decide. */
export async function undoCommand(options: Options, environment: CommandEnvironment): Promise<ExitCode> {
  const outcome = await (options.url === undefined ? undoHere(options, environment) : undoThere(options, environment));
  environment.stdout.write(options.json ? `${JSON.stringify(outcome)}\n` : describe(outcome, options.apply === true));
  return outcome.conflicts.length + outcome.passed.length > 0 ? exit.no : exit.done;
}

function undoThere(options: Options, environment: CommandEnvironment): Promise<UndoOutcome> {
  const apply = String(options.apply === true);
  return askServer("POST", "/undo", options, environment, { apply }) as Promise<UndoOutcome>;
}

async function undoHere(options: Options, environment: CommandEnvironment): Promise<UndoOutcome> {
  const config = await configOf(options, environment);
  await assertArchive(config);
  await using archive = await openConfigured(config, environment);
  return await undo({
    archive,
    context: localContext("undo", environment),
    suspicion: await suspicionIn(archive, options, environment),
    clock: environment.clock,
    id: environment.newId(),
    apply: options.apply === true,
  });
}

function describe(outcome: UndoOutcome, applied: boolean): string {
  const { steps, conflicts, created, passed, id, principals, from, to } = outcome;
  const counted = (action: string) => steps.filter((step) => step.action === action).length;
  const plan = `${counted("revert")} objects back to an earlier version, ${counted("show")} shown again, ${counted("hide")} hidden again`;
  const left = [...conflicts.map(({ tenant, sopInstanceUid }) => ({ tenant, sopInstanceUid })), ...passed];
  return [
    `Of ${principals.join(", ")} between ${from} and ${to}.`,
    applied ? `Done: ${plan}. To take it back: holdfast undo undo:${id} --apply` : `Would be done: ${plan}.`,
    ...(created.length > 0 ? [`${created.length} new objects of theirs stay; hide those that are not real.`] : []),
    ...(left.length > 0 ? [`${left.length} objects were changed by others since and stay as they are:`] : []),
    ...left.map(({ tenant, sopInstanceUid }) => `  ${tenant} ${sopInstanceUid}`),
    "",
  ].join("\n");
}
