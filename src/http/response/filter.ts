/** Which alerts of the inbox are asked for, and how many at once. */
import { type Alert, alertStates } from "../../response/index.ts";
import { text } from "../gate/route.ts";

export interface Filter {
  /** `open`: every state but closed. */
  state?: Alert["state"] | "open";
  incident?: string;
  /** Of at least this risk. */
  risk?: number;
  /** Those that changed earlier than the one with this number: the next page. */
  before?: number;
  limit?: number;
}

export const filter = {
  state: { type: "string", enum: [...alertStates, "open"], description: "open: all but closed" },
  incident: text(),
  risk: { type: "number", minimum: 0, maximum: 1, description: "at least" },
  before: { type: "integer", minimum: 0, description: "with a lower seq than this: the next page" },
  limit: { type: "integer", minimum: 1, maximum: 10_000 },
} as const;

/** @param alerts latest change first; so are those that it gives */
export function filtered(alerts: Alert[], { state, incident, risk = 0, before, limit }: Filter): Alert[] {
  const fits = (alert: Alert): boolean =>
    (state === undefined || (state === "open" ? alert.state !== "closed" : alert.state === state)) &&
    (incident === undefined || alert.incident === incident) &&
    alert.risk >= risk &&
    (before === undefined || alert.seq < before);
  return alerts.filter(fits).slice(0, limit);
}
