/** DICOM audit message "Security Alert" (PS3.15 A.5.3.11), XML after the schema of PS3.15 A.5.1. */
import { rfc3339 } from "../../core/index.ts";
import type { Sender, Summary } from "./bodies.ts";

/** Code values of PS3.16 CID 403. */
const eventTypes = {
  alert: ["110132", "Use of Restricted Function"],
  containment: ["110129", "Security Configuration"],
};

export function auditMessage(summary: Summary, { hostname }: Sender): string {
  const [type, meaning] = eventTypes[summary.kind];
  const outcome = summary.risk >= 0.9 ? "12" : summary.risk >= 0.75 ? "8" : "4"; // major, serious, minor failure
  const details: [string, string | undefined][] = [
    ["Alert Description", [summary.title, ...summary.detail].join("\n")],
    ["Response", summary.response],
    ["Incident", summary.incident],
    ["Technique", summary.technique],
    ["Vendor", summary.vendor],
    ["Tenant", summary.tenant],
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?><AuditMessage>',
    `<EventIdentification EventActionCode="E" EventDateTime="${rfc3339(summary.time)}" EventOutcomeIndicator="${outcome}">`,
    code("EventID", "110113", "Security Alert"),
    code("EventTypeCode", type!, meaning!),
    "</EventIdentification>",
    `<ActiveParticipant UserID="holdfast" UserIsRequestor="true" NetworkAccessPointID="${attribute(hostname)}" NetworkAccessPointTypeCode="1"/>`,
    participant(summary),
    `<AuditSourceIdentification AuditSourceID="${attribute(hostname)}"/>`,
    `<ParticipantObjectIdentification ParticipantObjectID="${attribute(summary.id)}" ParticipantObjectTypeCode="4">`,
    code("ParticipantObjectIDTypeCode", "12", "URI", "RFC-3881"),
    ...details.flatMap(([name, value]) => (value === undefined ? [] : [detail(name, value)])),
    "</ParticipantObjectIdentification></AuditMessage>",
  ].join("");
}

function participant({ principal, host }: Summary): string {
  if (principal === undefined && host === undefined) return "";
  const address = host === undefined ? "" : ` NetworkAccessPointID="${attribute(host)}" NetworkAccessPointTypeCode="2"`;
  return `<ActiveParticipant UserID="${attribute(principal ?? host ?? "")}" UserIsRequestor="false"${address}/>`;
}

const code = (name: string, value: string, meaning: string, system = "DCM"): string =>
  `<${name} csd-code="${value}" codeSystemName="${system}" originalText="${meaning}"/>`;

const detail = (type: string, value: string): string =>
  `<ParticipantObjectDetail type="${type}" value="${Buffer.from(value).toString("base64")}"/>`;

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** Control characters have no place in XML 1.0. */
const attribute = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character]!).replace(/\p{Cc}/gu, " ");
