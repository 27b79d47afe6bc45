/** `holdfast mirror`: serve a live read-only copy of another archive; and how far a running one is. */
import { HoldfastError } from "../../core/index.ts";
import type { Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";
import { serve } from "./serve.ts";

interface MirrorOptions extends Parsed {
  from?: string;
  originKey?: string;
  cert?: string;
  key?: string;
  ca?: string;
}

/** As `serve`, with the options of the configuration's `mirror`. */
export function mirrorServe(options: MirrorOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const { from, originKey, cert, key, ca, ...rest } = options;
  const stated = { FROM: from, KEY_FILE: originKey, CERT: cert, KEY: key, CA: ca };
  const named = Object.entries(stated).filter(([, value]) => value !== undefined);
  const variables = Object.fromEntries(named.map(([name, value]) => [`HOLDFAST_MIRROR_${name}`, value]));
  return serve(rest, { ...environment, variables: { ...environment.variables, ...variables } });
}

interface Ready {
  ok: boolean;
  mirror?: { entries: number; time?: string; behind: number; lagSeconds: number; code?: string; alarm: boolean };
}

/** Exit code 1 when the mirror is further behind than `maxLag` seconds, alarmed or not ready. */
export async function mirrorStatus(
  { url, maxLag, json }: { url: string; maxLag: number; json?: boolean },
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const answer = await fetch(`${url.replace(/\/+$/, "")}/readyz`, { redirect: "error" }).catch((cause) => {
    throw new HoldfastError("association/connect", `${url} does not answer.`, { cause });
  });
  const { ok, mirror } = (await answer.json()) as Ready;
  if (!mirror) throw new HoldfastError("request/not-found", "That server is no mirror.");
  const { entries, time, behind, lagSeconds, code, alarm } = mirror;
  environment.stdout.write(
    json
      ? `${JSON.stringify({ ok, ...mirror })}\n`
      : `${entries} journal entries${time === undefined ? "" : `, the last of ${time}`}; ${behind} behind; ` +
          `held everything ${Math.round(lagSeconds)} s ago${code === undefined ? "" : `; ${code}`}${alarm ? " ALARM" : ""}.\n`,
  );
  return ok && !alarm && lagSeconds <= maxLag ? exit.done : exit.no;
}
