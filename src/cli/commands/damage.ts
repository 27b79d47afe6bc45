/** `holdfast damage`: the blast radius of one principal. */
import { assess } from "../../archive/recovery/index.ts";
import { type DamageReport, effects, parseSelector, reportOf, type TenantReport } from "../../recovery/index.ts";
import { assertArchive, openConfigured } from "../compose/archive.ts";
import { configOf, type Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";

export interface SpanOptions extends Parsed {
  principal: string;
  /** ms since 1970. */
  from?: number;
  to?: number;
  json?: boolean;
}

/** Exit code 1 when the principal did nothing in the span. */
export async function damageCommand(options: SpanOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const suspicion = suspicionOf(options, environment);
  const config = await configOf(options, environment);
  await assertArchive(config);
  await using archive = await openConfigured(config, environment);
  const report = reportOf(await assess(archive, suspicion));
  environment.stdout.write(options.json ? `${JSON.stringify(report)}\n` : describe(report));
  return report.entries > 0 ? exit.done : exit.no;
}

export function suspicionOf({ principal, from, to }: SpanOptions, environment: CommandEnvironment) {
  return { principal: parseSelector(principal), from: from ?? 0, to: to ?? environment.clock() };
}

function describe(report: DamageReport): string {
  const { principal, from, to, entries, first, last, refused, searches } = report;
  if (entries === 0) return `${principal} did nothing between ${from} and ${to}.\n`;
  const matches = searches.reduce((sum, search) => sum + search.matches, 0);
  return [
    `${principal}: ${entries} journal entries (${first} to ${last}) between ${from} and ${to}.`,
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
