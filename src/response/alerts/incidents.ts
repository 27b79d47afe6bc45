/** Which alerts are one affair, and what the affair is as a whole. */
import type { Alert, Incident } from "./alert.ts";

type Affair = Pick<Alert, "subject" | "actors" | "together"> & { id?: string };

/** The engine named the actor of one among those of the other: it sees them at work together. */
export function isTogether(one: Affair, other: Affair): boolean {
  if (one.id === other.id || one.subject.tenant !== other.subject.tenant) return false;
  return names(one, other) || names(other, one);
}

const names = ({ together = [] }: Affair, { actors = [] }: Affair): boolean =>
  actors.some((actor) => together.includes(actor));

export function incidentOf(id: string, alerts: Alert[]): Incident {
  return {
    id,
    open: alerts.some(({ state }) => state !== "closed"),
    risk: Math.max(...alerts.map(({ risk }) => risk)),
    since: Math.min(...alerts.map(({ raisedAt }) => raisedAt)),
    updatedAt: Math.max(...alerts.map(({ updatedAt }) => updatedAt)),
    alerts: alerts.map((alert) => alert.id),
    subjects: [...new Set(alerts.map(({ subject }) => subject.principal))],
    techniques: [...new Set(alerts.flatMap(({ technique }) => technique ?? []))],
  };
}
