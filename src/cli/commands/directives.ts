/** The work of `holdfast verdicts` and `holdfast planned-work`. */
import { rfc3339 } from "../../core/index.ts";
import type { PlannedWorkRecord, VerdictRecord } from "../../response/index.ts";
import type { AdminClient } from "../compose/admin.ts";
import type { ResponseOptions } from "./response-options.ts";

type ShownVerdict = Omit<VerdictRecord, "expires"> & { until: number };
type ShownWork = Omit<PlannedWorkRecord, "from" | "to"> & { from: number; until: number };
/** As the API shows them, times in ms since 1970; of one that was taken back, its id. */
export type Directive = ShownVerdict | ShownWork | { undone: string };

export const isDirective = (operation: string): boolean => /^(verdicts|planned-work) /.test(operation);

/** Without what was not stated. */
export const stated = (facts: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));

export async function askDirectives(
  client: AdminClient,
  operation: string,
  id: string,
  { name, host, activity, from, until, reason, tenant }: ResponseOptions,
): Promise<Directive | Directive[]> {
  const [group] = operation.split(" ") as [string];
  switch (operation) {
    case "verdicts list":
      return ((await client.ask("GET", "/verdicts")) as { verdicts: ShownVerdict[] }).verdicts;
    case "planned-work list":
      return ((await client.ask("GET", "/planned-work")) as { plannedWork: ShownWork[] }).plannedWork;
    case "planned-work add": {
      const work = { names: name, hosts: host, activities: activity, from, until, reason, tenant };
      return client.ask("POST", "/planned-work", stated(work)) as Promise<ShownWork>;
    }
    default:
      await client.ask("DELETE", `/${group}/${id}`);
      return { undone: decodeURIComponent(id) };
  }
}

export function lineOfDirective(shown: Directive): string {
  if ("undone" in shown) return `${shown.undone} no longer counts`;
  const { id, by, at, until, reason, tenant } = shown;
  const given = `by ${by} ${rfc3339(at)}: ${reason}`;
  if ("verdict" in shown)
    return `${id} ${shown.verdict} ${shown.actor} in ${shown.detectors.join(",")} (${tenant}) until ${rfc3339(until)} ${given}`;
  const { names, hosts, activities, from } = shown;
  const span = `${rfc3339(from)} to ${rfc3339(until)}`;
  return `${id} ${names.join(",")} from ${hosts.join(",")}: ${activities.join(",")} (${tenant}) ${span} ${given}`;
}
