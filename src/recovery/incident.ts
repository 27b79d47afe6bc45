/** An incident of the inbox as a suspicion: whom its alerts speak against, and from when on. */
import type { Alert } from "../response/index.ts";
import type { Suspicion } from "./damage.ts";
import { parseSelector, type Selector, textOf } from "./selector.ts";

type Spoken = Pick<Alert, "incident" | "time" | "subject" | "about" | "together" | "closure">;

/** Whoever is found out was at it before: so long before the first finding the span begins, ms. */
export const leadOfIncident = 24 * 3_600_000;

/**
 * Until the last of the alerts was closed, or `now` (ms since 1970). Undefined when none of them names anybody: what
 * everybody together did is nobody's in particular.
 */
export function suspicionOfIncident(alerts: Spoken[], now: number): Suspicion | undefined {
  const named = new Map(alerts.flatMap(namedBy).map((selector) => [textOf(selector), selector]));
  if (named.size === 0) return undefined;
  const ends = alerts.map(({ closure }) => closure?.at ?? now);
  return {
    principals: [...named.values()],
    incident: alerts[0]!.incident,
    from: Math.min(...alerts.map(({ time }) => time)) - leadOfIncident,
    to: Math.max(...ends),
  };
}

function namedBy({ subject, about, together = [] }: Spoken): Selector[] {
  const { principal, host, vendor } = subject;
  if (about === "host") return host === undefined ? [] : [{ kind: "host", name: host }];
  if (about === "vendor") return vendor === undefined ? [] : [{ kind: "vendor", name: vendor }];
  if (about !== undefined) return together.map(parseSelector);
  if (principal !== "nobody") return [parseSelector(principal)];
  return host === undefined ? [] : [{ kind: "host", name: host }];
}
