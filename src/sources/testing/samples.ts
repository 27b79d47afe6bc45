/** One record of each format, as its senders write it, in order of time; for tests and benchmarks. */
import type { Format } from "../formats/index.ts";

const start = Date.parse("2026-04-20T06:00:00Z");

interface Facts {
  time: string;
  user: string;
  ip: string;
  patient: string;
  study: string;
}

export function sampleLine(format: Format, index: number): string {
  const user = (index * 7919) % 60;
  const patient = user * 20 + (index % 20);
  return samples[format]({
    time: new Date(start + index * 500).toISOString(),
    user: `user${user}`,
    ip: `10.0.0.${user}`,
    patient: `P${patient}`,
    study: `2.25.${patient}`,
  });
}

const samples: Record<Format, (facts: Facts) => string> = {
  edges: ({ time, user, patient }) => `${user},${patient},${time}`,
  events: ({ time, user, ip, patient, study }) =>
    JSON.stringify({
      time,
      activity: "read",
      status: "success",
      protocol: "dicomweb",
      operation: "WADO-RS",
      actor: { user: { name: user } },
      src_endpoint: { ip },
      resources: [{ level: "study", patient_id: patient, study_uid: study }],
    }),
  cloudtrail: ({ time, user, ip, study }) =>
    JSON.stringify({
      eventVersion: "1.10",
      userIdentity: { type: "IAMUser", userName: user, accountId: "111122223333", accessKeyId: `AKIA${user}` },
      eventTime: time.replace(/\.\d+Z$/, "Z"),
      eventSource: "s3.amazonaws.com",
      eventName: "GetObject",
      awsRegion: "eu-central-1",
      sourceIPAddress: ip,
      userAgent: "aws-sdk",
      requestParameters: { bucketName: "images", key: `site/${study}/1.dcm` },
      additionalEventData: { bytesTransferredOut: 525_000 },
      eventID: "00000000-0000-4000-8000-000000000000",
      recipientAccountId: "111122223333",
    }),
  atna: (facts) => syslog(facts, auditMessage(facts)),
  "fhir-auditevent": ({ time, user, ip, patient }) =>
    JSON.stringify({
      resourceType: "AuditEvent",
      type: { system: "http://terminology.hl7.org/CodeSystem/audit-event-type", code: "rest" },
      subtype: [{ system: "http://hl7.org/fhir/restful-interaction", code: "read" }],
      action: "R",
      recorded: time,
      outcome: "0",
      agent: [{ who: { identifier: { value: user } }, requestor: true, network: { address: ip, type: "2" } }],
      source: { observer: { display: "EHR" } },
      entity: [{ what: { reference: `Patient/${patient}` } }],
    }),
  ocsf: ({ time, user, ip, study }) =>
    JSON.stringify({
      class_uid: 6003,
      category_uid: 6,
      activity_id: 2,
      type_uid: 600_302,
      severity_id: 1,
      time: Date.parse(time),
      metadata: { version: "1.3.0", product: { vendor_name: "X" }, uid: time },
      actor: { user: { name: user } },
      api: { operation: "GetStudy" },
      src_endpoint: { ip },
      resources: [{ uid: study }],
      status_id: 1,
    }),
  orthanc: ({ time, user, ip }) =>
    `I${time.slice(5, 7)}${time.slice(8, 10)} ${time.slice(11, 23)}000 main.cpp:352] Incoming Find request from AET ${user} on IP ${ip}, calling AET ORTHANC`,
};

function auditMessage({ time, user, ip, patient, study }: Facts): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?><AuditMessage>',
    `<EventIdentification EventActionCode="R" EventDateTime="${time}" EventOutcomeIndicator="0">`,
    '<EventID csd-code="110103" codeSystemName="DCM" originalText="DICOM Instances Accessed"/></EventIdentification>',
    `<ActiveParticipant UserID="${user}" UserIsRequestor="true" NetworkAccessPointID="${ip}" NetworkAccessPointTypeCode="2"/>`,
    '<AuditSourceIdentification AuditSourceID="PACS"/>',
    `<ParticipantObjectIdentification ParticipantObjectID="${study}" ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="3"/>`,
    `<ParticipantObjectIdentification ParticipantObjectID="${patient}" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"/>`,
    "</AuditMessage>",
  ].join("");
}

/** RFC 5424 with the message ID of PS3.15 A.6 and the byte order mark of RFC 5424 6.4. */
function syslog({ time }: Facts, message: string): string {
  return `<85>1 ${time} pacs holdfast 71 DICOM+RFC3881 - \uFEFF${message}`;
}
