import { HoldfastError } from "../../core/index.ts";
import { parseSelector, type Suspicion, suspicionOfIncident } from "../../recovery/index.ts";
import type { Alert } from "../../response/index.ts";

export interface Suspected {
  /** Id of an incident or of one of its alerts, or a principal (see `parseSelector`). */
  named: string;
  /** ms since 1970. Absent: those of the incident; of a principal, the beginning and now. */
  from?: number;
  to?: number;
}

/**
 * A suspicion from what a person gives: an incident among these alerts, else a principal.
 * @throws HoldfastError request/invalid when the incident names nobody
 */
export function suspicionBy({ named, from, to }: Suspected, alerts: Iterable<Alert>, now: number): Suspicion {
  const all = [...alerts];
  const incident = all.find((alert) => alert.incident === named || alert.id === named)?.incident;
  const span = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  if (incident === undefined) return { principals: [parseSelector(named)], from: 0, to: now, ...span };
  const suspicion = suspicionOfIncident(
    all.filter((alert) => alert.incident === incident),
    now,
  );
  if (!suspicion) throw new HoldfastError("request/invalid", "The incident names nobody; give a principal.");
  return { ...suspicion, ...span };
}
