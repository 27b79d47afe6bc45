/** `holdfast alerts`, `contain`, `release`, `verdicts` and `planned-work`. */
import { type Command, Option } from "commander";
import { activities } from "../../core/index.ts";
import { containmentActions, targetKinds } from "../../gate/index.ts";
import { alertStates, closureReasons } from "../../response/index.ts";
import type { ResponseOptions } from "../commands/response-options.ts";
import type { CommandEnvironment } from "./environment.ts";
import type { ExitCode } from "./exit.ts";

type Finish = (code: ExitCode) => void;

interface Words {
  name: string;
  argument?: string;
  what: string;
  options?: Option[];
}

const number = (word: string): number => Number(word);
const reason = (): Option => new Option("--reason <text>", "why, 8 characters or more").makeOptionMandatory();

/** Repeatable: each use adds a value. */
const many = (flags: string, what: string): Option =>
  new Option(flags, what).argParser((value: string, before: string[] = []) => [...before, value]).makeOptionMandatory();

const verbs: Words[] = [
  {
    name: "list",
    what: "print the alerts, latest first",
    options: [
      new Option("--state <state>", "only these").choices([...alertStates]),
      new Option("--incident <id>", "only those of one incident"),
    ],
  },
  { name: "show", argument: "id", what: "print one alert" },
  { name: "acknowledge", argument: "id", what: "say that somebody has seen it" },
  {
    name: "assign",
    argument: "id",
    what: "say who works on it",
    options: [new Option("--to <principal>", "e.g. user:anna").makeOptionMandatory()],
  },
  {
    name: "comment",
    argument: "id",
    what: "add a comment",
    options: [new Option("--text <text>", "the comment; no patient data").makeOptionMandatory()],
  },
  {
    name: "close",
    argument: "id",
    what: "close it, and say what it was",
    options: [
      new Option("--reason <reason>", "what it was").choices([...closureReasons]).makeOptionMandatory(),
      new Option("--comment <text>", "more about it"),
      new Option("--days <n>", "how long the engine heeds it, in the place of what is usual").argParser(number),
    ],
  },
  { name: "accept", argument: "id", what: "do what the policy proposes" },
  { name: "decline", argument: "id", what: "do not" },
  {
    name: "watch",
    what: "print alerts and containments as they happen",
    options: [new Option("--after <n>", "go on behind this event; 0 for everything")],
  },
];

export function addAlerts(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const group = program.command("alerts").description("what the behaviour engine found, and what was done about it");
  for (const words of verbs) add(group, `alerts ${words.name}`, words, environment, finish);
}

export function addVerdicts(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const group = program.command("verdicts").description("what closed alerts tell the behaviour engine");
  const list: Words = { name: "list", what: "print what it heeds, by whom, why and until when" };
  const undo: Words = { name: "undo", argument: "id", what: "take one back" };
  for (const words of [list, undo]) add(group, `verdicts ${words.name}`, words, environment, finish);
}

export function addPlannedWork(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const group = program.command("planned-work").description("work announced to the behaviour engine beforehand");
  const list: Words = { name: "list", what: "print what goes on or is to come" };
  const announce: Words = {
    name: "add",
    what: "announce work; what it covers counts for little, and nothing else",
    options: [
      many("--name <name>", "who: user:…, key:…, peer:AE-TITLE, an application or a role; repeatable"),
      many("--host <range>", "from which address or CIDR range; repeatable"),
      many("--activity <activity>", `doing what; repeatable: ${activities.join(", ")}`),
      new Option("--from <time>", "RFC 3339 (default: now)"),
      new Option("--until <time>", "RFC 3339, within 31 days").makeOptionMandatory(),
      new Option("--tenant <name>", "the clinic where"),
      reason(),
    ],
  };
  const end: Words = { name: "end", argument: "id", what: "end it, or call it off" };
  for (const words of [list, announce, end]) add(group, `planned-work ${words.name}`, words, environment, finish);
}

export function addContain(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const words: Words = {
    name: "contain",
    argument: "target",
    what: "restrict a principal, vendor, tenant or host; safeguards for care may make it milder, and say so",
    options: [
      new Option("--action <action>", "what is restricted").choices([...containmentActions]).makeOptionMandatory(),
      new Option("--on <kind>", "what the target is").choices([...targetKinds]).default("principal"),
      new Option("--minutes <n>", "it ends by itself after so many; else when released").argParser(number),
      new Option("--per-minute <n>", "for rate-limit: operations a minute").argParser(number),
      new Option("--contact <text>", "whom the person affected may call"),
      new Option("--alert <id>", "the alert it belongs to"),
      reason(),
    ],
  };
  add(program, "contain", words, environment, finish);
}

export function addRelease(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const words: Words = {
    name: "release",
    argument: "containment",
    what: "end a containment; that of a critical entity by two persons",
    options: [reason()],
  };
  add(program, "release", words, environment, finish);
}

function add(parent: Command, operation: string, words: Words, environment: CommandEnvironment, finish: Finish): void {
  const command = parent.command(words.name).description(words.what);
  if (words.argument !== undefined) command.argument(`<${words.argument}>`);
  for (const option of words.options ?? []) command.addOption(option);
  command.addOption(
    new Option("--url <url>", "the running server; the API key comes from HOLDFAST_TOKEN").default(
      "http://127.0.0.1:8080",
    ),
  );
  command.addOption(new Option("--json", "machine output: a JSON line for each"));
  command.action(async (...parameters: unknown[]) => {
    const [subject, options] = words.argument === undefined ? ["", parameters[0]] : parameters;
    const { respond } = await import("../commands/response.ts");
    finish(await respond(operation, subject as string, options as ResponseOptions, environment));
  });
}
