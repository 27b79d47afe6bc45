/** `holdfast peers`, `users` and `keys`: who may do what, on the data folder or through the running server. */
import { type Command, Option } from "commander";
import { deviceRoles, personRoles } from "../../gate/index.ts";
import type { CommandEnvironment } from "./environment.ts";
import { type Finish, verbs } from "./verbs.ts";

/** Repeatable options gather their values. */
const gather = (value: string, before: string[] = []): string[] => [...before, value];
const number = (word: string): number => Number(word);

const tenant = (): Option => new Option("--tenant <name>", "the clinic it belongs to");
const vendor = (): Option => new Option("--vendor <name>", "the vendor it belongs to");
const address = (): Option =>
  new Option("--address <range>", "address or CIDR range it comes from; repeatable").argParser(gather);

export function addPeers(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const group = program.command("peers").description("DICOM peers: who may associate, proved how, for what");
  const peer = verbs(group, "peers", environment, finish);
  peer({ name: "list", what: "print the peers" });
  peer({
    name: "add",
    argument: "ae-title",
    what: "register a peer, or change it",
    options: [
      new Option("--role <role>", "what it is").choices([...deviceRoles]).makeOptionMandatory(),
      address(),
      new Option("--certificate <sha256>", "fingerprint of its client certificate, hex; repeatable").argParser(gather),
      new Option("--subject <name>", "subject of its client certificate; repeatable").argParser(gather),
      new Option("--service <action>", "fewer than its role may do; repeatable").argParser(gather),
      new Option("--sop-class <uid>", "stores these SOP classes only; repeatable").argParser(gather),
      tenant(),
      vendor(),
      new Option("--critical", "care stops without it: removed by two persons only"),
      new Option("--to-host <host>", "where C-MOVE sends to"),
      new Option("--to-port <n>", "and the port").argParser(number),
    ],
  });
  peer({ name: "remove", argument: "ae-title", what: "remove a peer" });
}

export function addUsers(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const group = program.command("users").description("accounts of people and vendors");
  const user = verbs(group, "users", environment, finish);
  user({ name: "list", what: "print the accounts" });
  user({
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
  });
  user({ name: "reset", argument: "name", what: "a new password and a new secret, printed once" });
  user({ name: "remove", argument: "name", what: "remove an account" });
}

/** Below `keys`, which also knows the archive's own key file. */
export function addApiKeys(group: Command, environment: CommandEnvironment, finish: Finish): void {
  const key = verbs(group, "keys", environment, finish);
  key({ name: "list", what: "print the API keys, without their secrets" });
  key({
    name: "add",
    argument: "name",
    what: "make an API key; its token is printed once",
    options: [
      new Option("--scope <action>", "what it may do, e.g. query; repeatable").argParser(gather).makeOptionMandatory(),
      new Option("--role <role>", "default: service").choices([...personRoles]),
      new Option("--days <n>", "until it expires, at most 400 (default: 90)").argParser(number),
      new Option("--certificate <sha256>", "a client certificate in the place of a token"),
      address(),
      tenant(),
      vendor(),
    ],
  });
  key({
    name: "rotate",
    argument: "id|clinic|root",
    what: "an API key: a new token, the old one opens nothing any more; clinic or root: a new key, nothing stored is rewritten",
    options: [tenant()],
  });
  key({ name: "status", what: "the clinics' keys and the root key, and whether a new copy of the key file is due" });
  key({ name: "remove", argument: "id", what: "remove an API key" });
}
