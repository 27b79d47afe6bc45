/** `holdfast peers`, `users` and `keys`: who may do what, on the data folder or through the running server. */
import { type Command, Option } from "commander";
import { deviceRoles, personRoles } from "../../gate/index.ts";
import type { ManageOptions } from "../commands/manage.ts";
import { configOption } from "./config-options.ts";
import type { CommandEnvironment } from "./environment.ts";
import type { ExitCode } from "./exit.ts";

export type Finish = (code: ExitCode) => void;

/** Repeatable options gather their values. */
const gather = (value: string, before: string[] = []): string[] => [...before, value];
const number = (word: string): number => Number(word);

interface Words {
  name: string;
  argument?: string;
  what: string;
  options?: Option[];
}

/** A command of a group, on the data folder or through the running server. */
export function add(
  parent: Command,
  group: string,
  words: Words,
  environment: CommandEnvironment,
  finish: Finish,
): void {
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
}

const tenant = (): Option => new Option("--tenant <name>", "the clinic it belongs to");
const vendor = (): Option => new Option("--vendor <name>", "the vendor it belongs to");
const address = (): Option =>
  new Option("--address <range>", "address or CIDR range it comes from; repeatable").argParser(gather);

export function addPeers(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const group = program.command("peers").description("DICOM peers: who may associate, proved how, for what");
  add(group, "peers", { name: "list", what: "print the peers" }, environment, finish);
  add(
    group,
    "peers",
    {
      name: "add",
      argument: "ae-title",
      what: "register a peer, or change it",
      options: [
        new Option("--role <role>", "what it is").choices([...deviceRoles]).makeOptionMandatory(),
        address(),
        new Option("--certificate <sha256>", "fingerprint of its client certificate, hex; repeatable").argParser(
          gather,
        ),
        new Option("--subject <name>", "subject of its client certificate; repeatable").argParser(gather),
        new Option("--service <action>", "fewer than its role may do; repeatable").argParser(gather),
        new Option("--sop-class <uid>", "stores these SOP classes only; repeatable").argParser(gather),
        tenant(),
        vendor(),
        new Option("--critical", "care stops without it: removed by two persons only"),
        new Option("--to-host <host>", "where C-MOVE sends to"),
        new Option("--to-port <n>", "and the port").argParser(number),
      ],
    },
    environment,
    finish,
  );
  add(group, "peers", { name: "remove", argument: "ae-title", what: "remove a peer" }, environment, finish);
}

export function addUsers(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const group = program.command("users").description("accounts of people and vendors");
  add(group, "users", { name: "list", what: "print the accounts" }, environment, finish);
  add(
    group,
    "users",
    {
      name: "add",
      argument: "name",
      what: "make an account, or change it; prints a first password and the secret for an authenticator app, once",
      options: [
        new Option("--role <role>", "repeatable")
          .choices([...personRoles])
          .argParser(gather)
          .makeOptionMandatory(),
        new Option("--display <name>", "the person's name"),
        new Option("--subject <sub>", "the same person at the identity provider"),
        tenant(),
        vendor(),
      ],
    },
    environment,
    finish,
  );
  add(
    group,
    "users",
    { name: "reset", argument: "name", what: "a new password and a new secret, printed once" },
    environment,
    finish,
  );
  add(group, "users", { name: "remove", argument: "name", what: "remove an account" }, environment, finish);
}

/** Below `keys`, which also knows the archive's own key file. */
export function addApiKeys(group: Command, environment: CommandEnvironment, finish: Finish): void {
  add(group, "keys", { name: "list", what: "print the API keys, without their secrets" }, environment, finish);
  add(
    group,
    "keys",
    {
      name: "add",
      argument: "name",
      what: "make an API key; its token is printed once",
      options: [
        new Option("--scope <action>", "what it may do, e.g. query; repeatable")
          .argParser(gather)
          .makeOptionMandatory(),
        new Option("--role <role>", "default: service").choices([...personRoles]),
        new Option("--days <n>", "until it expires, at most 400 (default: 90)").argParser(number),
        new Option("--certificate <sha256>", "a client certificate in the place of a token"),
        address(),
        tenant(),
        vendor(),
      ],
    },
    environment,
    finish,
  );
  add(
    group,
    "keys",
    {
      name: "rotate",
      argument: "id|clinic|root",
      what: "an API key: a new token, the old one opens nothing any more; clinic or root: a new key, nothing stored is rewritten",
      options: [tenant()],
    },
    environment,
    finish,
  );
  add(
    group,
    "keys",
    { name: "status", what: "the clinics' keys and the root key, and whether a new copy of the key file is due" },
    environment,
    finish,
  );
  add(group, "keys", { name: "remove", argument: "id", what: "remove an API key" }, environment, finish);
}
