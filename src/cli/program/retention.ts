/** `holdfast retention`, `holds` and `collect`: how long what was deleted stays, and what becomes of it then; `erasures`. */
import { type Command, Option } from "commander";
import type { CommandEnvironment } from "./environment.ts";
import { type Finish, verbs } from "./verbs.ts";

const tenant = (): Option => new Option("--tenant <name>", "the clinic (default: default)");

export function addRetention(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const group = program.command("retention").description("days that the bytes behind a deletion stay, by clinic");
  const retention = verbs(group, "retention", environment, finish);
  retention({ name: "list", what: "print them" });
  retention({
    name: "set",
    argument: "days",
    what: "keep longer than configured; through a server two persons make it shorter again",
    options: [tenant()],
  });
  const holds = program.command("holds").description("legal holds: what nobody deletes, whoever asks");
  const hold = verbs(holds, "holds", environment, finish);
  hold({ name: "list", what: "print the holds of the clinic" });
  hold({
    name: "set",
    argument: "id",
    what: "put a patient or a study on hold; a hold is never changed, set another",
    options: [
      new Option("--patient <id>", "Patient ID"),
      new Option("--study <uid>", "Study Instance UID"),
      new Option("--reason <text>", "why, 8 characters or more").makeOptionMandatory(),
    ],
  });
  hold({ name: "remove", argument: "id", what: "lift a hold; through a server by two persons" });
  const erasures = program.command("erasures").description("orders to erase a patient for good, by two persons");
  const erasure = verbs(erasures, "erasures", environment, finish);
  erasure({ name: "list", what: "print the orders, and what stands against them" });
  erasure({
    name: "ask",
    argument: "id",
    what: "order it; nothing happens until it is confirmed",
    options: [
      new Option("--patient <id>", "Patient ID").makeOptionMandatory(),
      new Option("--reason <text>", "why, 8 characters or more").makeOptionMandatory(),
      new Option("--treatment-ended", "though there are recent plans or treatment records"),
    ],
  });
  erasure({
    name: "confirm",
    argument: "id",
    what: "through a server by two persons; the running server does it after the delay",
  });
  erasure({ name: "remove", argument: "id", what: "take an order back" });
  verbs(
    program,
    "",
    environment,
    finish,
  )({
    name: "collect",
    what: "give back the storage of what was deleted and has been kept long enough, in whole segments",
    options: [new Option("--dry-run", "only say what would be given back")],
  });
}
