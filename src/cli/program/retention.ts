/** `holdfast retention`, `holds` and `collect`: how long what was deleted stays, and what becomes of it then; `erasures`. */
import { type Command, Option } from "commander";
import type { CommandEnvironment } from "./environment.ts";
import { add, type Finish } from "./manage.ts";

const tenant = (): Option => new Option("--tenant <name>", "the clinic (default: default)");

export function addRetention(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const group = program.command("retention").description("days that the bytes behind a deletion stay, by clinic");
  add(group, "retention", { name: "list", what: "print them" }, environment, finish);
  add(
    group,
    "retention",
    {
      name: "set",
      argument: "days",
      what: "keep longer than configured; through a server two persons make it shorter again",
      options: [tenant()],
    },
    environment,
    finish,
  );
  const holds = program.command("holds").description("legal holds: what nobody deletes, whoever asks");
  add(holds, "holds", { name: "list", what: "print the holds of the clinic" }, environment, finish);
  add(
    holds,
    "holds",
    {
      name: "set",
      argument: "id",
      what: "put a patient or a study on hold; a hold is never changed, set another",
      options: [
        new Option("--patient <id>", "Patient ID"),
        new Option("--study <uid>", "Study Instance UID"),
        new Option("--reason <text>", "why, 8 characters or more").makeOptionMandatory(),
      ],
    },
    environment,
    finish,
  );
  add(
    holds,
    "holds",
    { name: "remove", argument: "id", what: "lift a hold; through a server by two persons" },
    environment,
    finish,
  );
  const erasures = program.command("erasures").description("orders to erase a patient for good, by two persons");
  add(
    erasures,
    "erasures",
    { name: "list", what: "print the orders, and what stands against them" },
    environment,
    finish,
  );
  add(
    erasures,
    "erasures",
    {
      name: "ask",
      argument: "id",
      what: "order it; nothing happens until it is confirmed",
      options: [
        new Option("--patient <id>", "Patient ID").makeOptionMandatory(),
        new Option("--reason <text>", "why, 8 characters or more").makeOptionMandatory(),
        new Option("--treatment-ended", "though there are recent plans or treatment records"),
      ],
    },
    environment,
    finish,
  );
  add(
    erasures,
    "erasures",
    {
      name: "confirm",
      argument: "id",
      what: "through a server by two persons; the running server does it after the delay",
    },
    environment,
    finish,
  );
  add(erasures, "erasures", { name: "remove", argument: "id", what: "take an order back" }, environment, finish);
  add(
    program,
    "",
    {
      name: "collect",
      what: "give back the storage of what was deleted and has been kept long enough, in whole segments",
      options: [new Option("--dry-run", "only say what would be given back")],
    },
    environment,
    finish,
  );
}
