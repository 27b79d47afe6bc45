/** What a happening says to the outside, before it is put into anybody's format. No comments and no patient data. */
import type { Alert } from "../alerts/index.ts";
import type { Happening } from "../responder.ts";

export interface Summary {
  /** Grows with each change; the same again is the same message. */
  seq: number;
  /** Of the alert or containment. */
  id: string;
  incident?: string;
  kind: "alert" | "containment";
  /** ms since 1970. */
  time: number;
  created: number;
  stage: "new" | "changed" | "ended";
  title: string;
  detail: string[];
  /** 0 to 1. */
  risk: number;
  technique?: string;
  principal?: string;
  vendor?: string;
  tenant?: string;
  host?: string;
  /** What was done about it, in words. */
  response: string;
}

/** Where a message is formatted for. */
export interface Sender {
  version: string;
  hostname: string;
}

export function summaryOf(happening: Happening): Summary {
  return happening.type === "alert" ? alertSummary(happening.alert) : containmentSummary(happening.containment);
}

function alertSummary(alert: Alert): Summary {
  const { subject, technique } = alert;
  return {
    seq: alert.seq,
    id: alert.id,
    incident: alert.incident,
    kind: "alert",
    time: alert.updatedAt,
    created: alert.raisedAt,
    stage: alert.state === "closed" ? "ended" : alert.findings === 1 && alert.state === "new" ? "new" : "changed",
    title: `Unusual behaviour of ${subject.principal}${technique === undefined ? "" : ` (${technique})`}`,
    detail: alert.reasons.map(({ text }) => text),
    risk: alert.risk,
    ...(technique === undefined ? {} : { technique }),
    principal: subject.principal,
    ...(subject.vendor === undefined ? {} : { vendor: subject.vendor }),
    tenant: subject.tenant,
    ...(subject.host === undefined ? {} : { host: subject.host }),
    response: alert.closure ? `closed: ${alert.closure.reason}` : responseOf(alert),
  };
}

function responseOf({ decision, state }: Alert): string {
  const measures = decision?.measures.map(({ action, outcome, target }) => `${action} on ${target.kind} ${outcome}`);
  return measures?.length ? measures.join(", ") : state;
}

function containmentSummary(record: (Happening & { type: "containment" })["containment"]): Summary {
  const { target, ended, action } = record;
  return {
    seq: record.seq,
    id: record.id,
    ...(record.incident === undefined ? {} : { incident: record.incident }),
    kind: "containment",
    time: ended?.at ?? record.since,
    created: record.since,
    stage: ended ? "ended" : "new",
    title: `Containment ${record.state}: ${action} on ${target.kind} ${target.id}`,
    detail: [record.reason, ...(ended ? [ended.reason] : [])],
    risk: 0.5,
    ...(target.kind === "principal" ? { principal: target.id } : {}),
    ...(target.kind === "vendor" ? { vendor: target.id } : {}),
    ...(target.kind === "tenant" ? { tenant: target.id } : {}),
    ...(target.kind === "host" ? { host: target.id } : {}),
    response: `${action}, by ${ended?.by ?? record.by}`,
  };
}
