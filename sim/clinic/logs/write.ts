/** A body in its system's own format; one line, except that an audit message is framed by its syslog header. */
import type { AuditMessage, ChartAccess, CloudCall, LogBody } from "./body.ts";

const account = "417288301266";

export function lineOf(body: LogBody): string {
  switch (body.source) {
    case "archive":
      return JSON.stringify(body.event);
    case "ois":
      return auditMessage(body);
    case "cloud":
      return JSON.stringify(cloudTrail(body));
    case "ehr":
      return JSON.stringify(auditEvent(body));
  }
}

/** PS3.15 A.5, framed as A.6.1 asks (RFC 5424, RFC 5425 without its octet count). */
function auditMessage(message: AuditMessage): string {
  const time = new Date(message.time).toISOString();
  const [code, meaning] = message.event;
  const type = message.type
    ? `<EventTypeCode csd-code="${message.type[0]}" codeSystemName="DCM" originalText="${message.type[1]}"/>`
    : "";
  const ae = message.aeTitle ? ` AlternativeUserID="AETITLES=${message.aeTitle}"` : "";
  const patient = message.patientId
    ? `<ParticipantObjectIdentification ParticipantObjectID="${message.patientId}" ParticipantObjectTypeCode="1" ` +
      `ParticipantObjectTypeCodeRole="1"><ParticipantObjectIDTypeCode csd-code="2" codeSystemName="RFC-3881" ` +
      `originalText="Patient Number"/></ParticipantObjectIdentification>`
    : "";
  const study = message.studyUid
    ? `<ParticipantObjectIdentification ParticipantObjectID="${message.studyUid}" ParticipantObjectTypeCode="2" ` +
      `ParticipantObjectTypeCodeRole="3"><ParticipantObjectIDTypeCode csd-code="110180" codeSystemName="DCM" ` +
      `originalText="Study Instance UID"/></ParticipantObjectIdentification>`
    : "";
  return (
    `<${message.outcome === 0 ? 86 : 84}>1 ${time} ${message.host} ${message.application} - IHE+RFC-3881 - ` +
    `<?xml version="1.0" encoding="UTF-8"?><AuditMessage><EventIdentification EventActionCode="${message.action}" ` +
    `EventDateTime="${time}" EventOutcomeIndicator="${message.outcome}"><EventID csd-code="${code}" ` +
    `codeSystemName="DCM" originalText="${meaning}"/>${type}</EventIdentification>` +
    `<ActiveParticipant UserID="${message.user}"${ae} UserIsRequestor="true" ` +
    `NetworkAccessPointID="${message.address}" NetworkAccessPointTypeCode="2"/>` +
    `<AuditSourceIdentification AuditSourceID="${message.host}"/>${patient}${study}</AuditMessage>`
  );
}

function cloudTrail(call: CloudCall): Record<string, unknown> {
  const { identity, bucket, key } = call;
  const isData = bucket !== undefined && key !== undefined;
  return {
    eventVersion: "1.11",
    userIdentity: userIdentity(call),
    eventTime: `${new Date(call.time).toISOString().slice(0, 19)}Z`,
    eventSource: `${call.service}.amazonaws.com`,
    eventName: call.name,
    awsRegion: "eu-central-1",
    sourceIPAddress: call.address,
    userAgent: call.agent,
    ...(call.error && { errorCode: call.error, errorMessage: "Refused" }),
    requestParameters:
      bucket || call.parameters
        ? { ...(bucket && { bucketName: bucket }), ...(key && { key }), ...call.parameters }
        : null,
    responseElements: null,
    ...(isData && {
      additionalEventData: {
        SignatureVersion: "SigV4",
        bytesTransferredIn: call.bytesIn ?? 0,
        bytesTransferredOut: call.bytesOut ?? 0,
      },
    }),
    requestID: call.id.slice(0, 16).toUpperCase(),
    eventID: uuid(call.id),
    readOnly: call.readOnly,
    ...(isData && {
      resources: [
        { type: "AWS::S3::Object", ARN: `arn:aws:s3:::${bucket}/${key}` },
        { accountId: account, type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${bucket}` },
      ],
    }),
    eventType: identity.kind === "AWSService" ? "AwsServiceEvent" : "AwsApiCall",
    managementEvent: !isData,
    recipientAccountId: account,
    eventCategory: isData ? "Data" : "Management",
  };
}

function userIdentity({ identity }: CloudCall): Record<string, unknown> {
  const { kind, name, session, accessKey } = identity;
  if (kind === "AWSService") return { type: kind, invokedBy: `${name}.amazonaws.com` };
  const arn =
    kind === "IAMUser"
      ? `arn:aws:iam::${account}:user/${name}`
      : `arn:aws:sts::${account}:assumed-role/${name}/${session}`;
  return {
    type: kind,
    principalId: `${accessKey.slice(4)}${session ? `:${session}` : ""}`,
    arn,
    accountId: account,
    accessKeyId: accessKey,
    ...(kind === "IAMUser" && { userName: name }),
    ...(kind === "AssumedRole" && {
      sessionContext: {
        sessionIssuer: {
          type: "Role",
          arn: `arn:aws:iam::${account}:role/${name}`,
          accountId: account,
          userName: name,
        },
        attributes: { mfaAuthenticated: "false" },
      },
    }),
  };
}

function auditEvent(access: ChartAccess): Record<string, unknown> {
  const isLogin = access.subtype === "login" || access.subtype === "logout";
  const subtype = access.subtype === "login" ? "110122" : access.subtype === "logout" ? "110123" : access.subtype;
  return {
    resourceType: "AuditEvent",
    id: uuid(access.id),
    type: isLogin
      ? { system: "http://dicom.nema.org/resources/ontology/DCM", code: "110114", display: "User Authentication" }
      : {
          system: "http://terminology.hl7.org/CodeSystem/audit-event-type",
          code: "rest",
          display: "RESTful Operation",
        },
    subtype: [{ system: "http://hl7.org/fhir/restful-interaction", code: subtype }],
    action: access.action,
    recorded: new Date(access.time).toISOString(),
    outcome: access.outcome,
    agent: [
      {
        role: [{ coding: [{ code: access.role }] }],
        who: { identifier: { value: access.user } },
        requestor: true,
        network: { address: access.address, type: "2" },
      },
    ],
    source: { site: "EHR", observer: { display: "ehr-prod" } },
    ...(access.references.length > 0 && {
      entity: access.references.map((reference) => ({
        what: { reference },
        ...(reference.startsWith("Patient/") && { type: { code: "1", display: "Person" } }),
      })),
    }),
  };
}

function uuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
