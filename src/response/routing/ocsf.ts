/** OCSF 1.5 Detection Finding (class 2004). */
import type { Sender, Summary } from "./bodies.ts";

const activity = { new: 1, changed: 2, ended: 3 } as const; // Create, Update, Close
const names = { 1: "Create", 2: "Update", 3: "Close" } as const;
const status = { new: 1, changed: 2, ended: 4 } as const; // New, In Progress, Resolved

export function detectionFinding(summary: Summary, { version, hostname }: Sender): object {
  const activityId = activity[summary.stage];
  const { principal, vendor, host, tenant, technique, incident } = summary;
  return {
    class_uid: 2004,
    class_name: "Detection Finding",
    category_uid: 2,
    category_name: "Findings",
    activity_id: activityId,
    activity_name: names[activityId],
    type_uid: 200_400 + activityId,
    time: summary.time,
    severity_id: severityOf(summary.risk),
    status_id: status[summary.stage],
    is_alert: summary.kind === "alert",
    risk_score: Math.round(summary.risk * 100),
    risk_details: summary.response,
    message: summary.title,
    metadata: {
      version: "1.5.0",
      uid: `${summary.id}-${summary.seq}`,
      sequence: summary.seq,
      product: { name: "Holdfast", vendor_name: "Holdfast", version },
      ...(tenant === undefined ? {} : { tenant_uid: tenant }),
      ...(incident === undefined ? {} : { correlation_uid: incident }),
    },
    finding_info: {
      uid: summary.id,
      title: summary.title,
      desc: summary.detail.join("\n"),
      types: [summary.kind],
      created_time: summary.created,
      modified_time: summary.time,
      ...(technique === undefined
        ? {}
        : { attacks: [{ version: "16", technique: { uid: technique, src_url: attackUrl(technique) } }] }),
    },
    evidences: [
      {
        ...(principal === undefined
          ? {}
          : {
              actor: {
                user: { uid: principal, name: principal, ...(vendor === undefined ? {} : { org: { name: vendor } }) },
              },
            }),
        ...(host === undefined ? {} : { src_endpoint: { ip: host } }),
        dst_endpoint: { hostname },
      },
    ],
  };
}

/** Low, Medium, High, Critical. */
const severityOf = (risk: number): number => (risk >= 0.95 ? 5 : risk >= 0.75 ? 4 : risk >= 0.5 ? 3 : 2);

const attackUrl = (technique: string): string => `https://attack.mitre.org/techniques/${technique.replace(".", "/")}/`;
