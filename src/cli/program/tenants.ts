/** `holdfast tenants`, and `holdfast approvals`: what waits for a second person. */
import { type Command, Option } from "commander";
import type { CommandEnvironment } from "./environment.ts";
import { type Finish, verbs } from "./verbs.ts";

const display = (): Option => new Option("--display <name>", "the clinic's name, for people to read");

export function addTenants(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const group = program.command("tenants").description("clinics, each of which sees its own objects only");
  const tenant = verbs(group, "tenants", environment, finish);
  tenant({ name: "list", what: "print the tenants" });
  tenant({ name: "add", argument: "name", what: "add one", options: [display()] });
  tenant({
    name: "rename",
    argument: "name",
    what: "change what people read; the name that everything else refers to stays",
    options: [display().makeOptionMandatory()],
  });
  tenant({
    name: "close",
    argument: "name",
    what: "nobody acts in it any more, its objects stay; through a server by two persons",
    options: [new Option("--reason <text>", "why, 8 characters or more").makeOptionMandatory()],
  });
  tenant({ name: "reopen", argument: "name", what: "undo its closing, likewise" });
}

export function addApprovals(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const group = program.command("approvals").description("what waits for a second person, who approves it logged in");
  const approval = verbs(group, "approvals", environment, finish);
  approval({ name: "list", what: "print what waits" });
}
