/** `holdfast damage`: the blast radius of an incident or of one principal. */
import type { OpenArchive } from "../../archive/index.ts";
import { assessor, type Suspected, suspicionBy } from "../../archive/recovery/index.ts";
import { HoldfastError, rfc3339 } from "../../core/index.ts";
import { type DamageReport, effects, type Suspicion, type TenantReport } from "../../recovery/index.ts";
import type { Alert } from "../../response/index.ts";
import { remoteAdmin } from "../compose/admin.ts";
import { assertArchive, openConfigured } from "../compose/archive.ts";
import { configOf, type Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";

export interface SpanOptions extends Parsed, Suspected {
  json?: boolean;
  /** Ask the server that runs there. */
  url?: string;
}

/** Exit code 1 when nothing was done in the span. */
export async function damageCommand(options: SpanOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const report =
    options.url === undefined
      ? await reportHere(options, environment)
      : ((await askServer("GET", "/damage", options, environment)) as DamageReport);
  environment.stdout.write(options.json ? `${JSON.stringify(report)}\n` : describe(report));
  return report.entries > 0 ? exit.done : exit.no;
}

async function reportHere(options: SpanOptions, environment: CommandEnvironment): Promise<DamageReport> {
  const config = await configOf(options, environment);
  await assertArchive(config);
  await using archive = await openConfigured(config, environment);
  return await assessor(archive).report(await suspicionIn(archive, options, environment));
}

/** @throws HoldfastError request/invalid */
export async function suspicionIn(
  archive: Pick<OpenArchive, "settings">,
  options: SpanOptions,
  environment: CommandEnvironment,
): Promise<Suspicion> {
  const alerts = (await archive.settings("alerts")).values() as Iterable<Alert>;
  return suspicionBy(options, alerts, environment.clock());
}

/** What is named is an incident where the server knows one, else a principal. @throws HoldfastError with the server's code */
export async function askServer(
  method: "GET" | "POST",
  path: string,
  { named, from, to, url }: SpanOptions,
  environment: CommandEnvironment,
  more: Record<string, string> = {},
): Promise<unknown> {
  await using client = remoteAdmin(url!, environment.variables["HOLDFAST_TOKEN"]);
  const span = Object.entries({ from, to }).flatMap(([name, time]) =>
    time === undefined ? [] : [[name, rfc3339(time)]],
  );
  const ask = (named: Record<string, string>) =>
    client.ask(method, `${path}?${new URLSearchParams({ ...named, ...Object.fromEntries(span), ...more })}`);
  return ask({ incident: named }).catch((error) => {
    if (!(error instanceof HoldfastError) || error.code !== "request/not-found") throw error;
    return ask({ principal: named });
  });
}

function describe(report: DamageReport): string {
  const { principals, incident, from, to, entries, first, last, refused, searches } = report;
  const who = `${incident === undefined ? "" : `Incident ${incident}: `}${principals.join(", ")}`;
  if (entries === 0) return `${who} did nothing between ${from} and ${to}.\n`;
  const matches = searches.reduce((sum, search) => sum + search.matches, 0);
  return [
    `${who}: ${entries} journal entries (${first} to ${last}) between ${from} and ${to}.`,
    `${refused} were refused or failed; ${searches.length} searches showed ${matches} matches.`,
    ...report.tenants.flatMap(describeTenant),
    "",
  ].join("\n");
}

function describeTenant(report: TenantReport): string[] {
  const { tenant, byEffect, untouched, unreadProvable } = report;
  const lines = effects.map((effect) => {
    const { patients, studies, objects } = byEffect[effect];
    return `  ${effect.padEnd(9)} ${objects} objects of ${studies} studies and ${patients} patients`;
  });
  const { patients, studies, objects } = untouched;
  const proof = unreadProvable ? "provably not touched" : "not changed; whether read cannot be proved";
  return [`${tenant}:`, ...lines, `  ${proof}: ${objects} objects; ${studies} studies and ${patients} patients whole`];
}
