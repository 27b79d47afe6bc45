import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { atna } from "./atna.ts";
import { cloudtrail } from "./cloudtrail.ts";
import { events } from "./events.ts";
import { fhirAuditEvent } from "./fhir-auditevent.ts";
import { ocsf } from "./ocsf.ts";

test("our own event comes back as it is", () => {
  const event = {
    time: "2026-04-20T03:00:00.000Z",
    activity: "read",
    status: "success",
    protocol: "dicomweb",
    operation: "WADO-RS",
    actor: { user: { name: "physicist1" } },
    src_endpoint: { ip: "10.0.0.7" },
    resources: [{ level: "study", study_uid: "1.2.3" }],
  };
  assert.deepEqual(events.events(event), [event]);
});

test("CloudTrail: an S3 data event in a file of records", () => {
  const record = {
    eventTime: "2026-04-20T03:00:00Z",
    eventName: "GetObject",
    eventSource: "s3.amazonaws.com",
    userIdentity: { type: "IAMUser", userName: "alice", accessKeyId: "AKIA1" },
    sourceIPAddress: "203.0.113.9",
    userAgent: "aws-cli/2",
    errorCode: "AccessDenied",
    requestParameters: { bucketName: "images", key: "clinic-a/2026/04/1.dcm" },
    additionalEventData: { bytesTransferredOut: 5 },
    eventID: "e1",
  };
  assert.deepEqual(cloudtrail.events({ Records: [record] }), [
    {
      time: "2026-04-20T03:00:00.000Z",
      activity: "read",
      status: "denied",
      status_code: "AccessDenied",
      protocol: "api",
      operation: "s3:GetObject",
      actor: { user: { name: "alice" }, app: "aws-cli/2", session: "AKIA1" },
      src_endpoint: { ip: "203.0.113.9" },
      resources: [{ level: "instance", study_uid: "images/clinic-a/2026", sop_instance_uid: "clinic-a/2026/04/1.dcm" }],
      traffic: { bytes_out: 5 },
      metadata: { uid: "e1", product: "CloudTrail" },
    },
  ]);
});

test("CloudTrail: keys of the caller's own, versioning suspended and early expiry are marked", () => {
  const marks = (eventName: string, requestParameters: object) =>
    cloudtrail.events({
      eventTime: "2026-04-20T03:00:00Z",
      eventName,
      eventSource: "s3.amazonaws.com",
      recipientAccountId: "111122223333",
      requestParameters: { bucketName: "images", ...requestParameters },
    })?.[0]?.marks;
  const kms = (account: string) => ({
    "x-amz-server-side-encryption-aws-kms-key-id": `arn:aws:kms:eu-central-1:${account}:key/1`,
  });
  assert.deepEqual(marks("CopyObject", { "x-amz-server-side-encryption-customer-algorithm": "AES256" }), [
    "encryption/customer-key",
  ]);
  assert.deepEqual(marks("PutObject", kms("444455556666")), ["encryption/foreign-key"]);
  assert.equal(marks("PutObject", kms("111122223333")), undefined);
  const versioning = (Status: string) => ({ VersioningConfiguration: { Status } });
  assert.deepEqual(marks("PutBucketVersioning", versioning("Suspended")), ["versioning/suspended"]);
  assert.equal(marks("PutBucketVersioning", versioning("Enabled")), undefined);
  const expiry = (Days: number) => ({ LifecycleConfiguration: { Rule: [{ Expiration: { Days } }] } });
  assert.deepEqual(marks("PutBucketLifecycle", expiry(7)), ["lifecycle/short"]);
  assert.equal(marks("PutBucketLifecycle", expiry(365)), undefined);
  assert.deepEqual(marks("DeleteObject", { "x-amz-bypass-governance-retention": "true" }), ["retention/bypassed"]);
});

test("FHIR AuditEvent: a search in a Bundle, and a read of a patient", () => {
  const audit = (subtype: string, action: string, reference: string) => ({
    resourceType: "AuditEvent",
    recorded: "2026-04-20T05:00:00+02:00",
    type: { code: "rest" },
    subtype: [{ code: subtype }],
    action,
    outcome: "0",
    agent: [
      { requestor: false, who: { reference: "Device/1" } },
      { requestor: true, who: { identifier: { value: "dr.b" } }, network: { address: "10.1.1.1" } },
    ],
    entity: [{ what: { reference } }],
  });
  const bundle = { resourceType: "Bundle", entry: [{ resource: audit("search-type", "E", "Observation?x") }] };
  assert.equal(fhirAuditEvent.events(bundle)?.[0]?.activity, "query");
  const [read] = fhirAuditEvent.events(audit("read", "R", "Patient/7"))!;
  assert.equal(read?.time, "2026-04-20T03:00:00.000Z");
  assert.deepEqual(read?.actor, { user: { name: "dr.b" } });
  assert.deepEqual(read?.resources, [{ level: "patient", patient_id: "Patient/7" }]);
});

test("OCSF: API activity and a failed logon", () => {
  const [read] = ocsf.events({
    class_uid: 6003,
    activity_id: 2,
    time: 1_776_654_000_000,
    api: { operation: "GetSeries" },
    actor: { user: { name: "bob" } },
    src_endpoint: { ip: "10.0.0.1", port: 1234 },
    resources: [{ uid: "study-1" }],
    status_id: 1,
  })!;
  assert.deepEqual(
    [read?.activity, read?.operation, read?.status, read?.resources],
    ["read", "GetSeries", "success", [{ level: "study", study_uid: "study-1" }]],
  );
  const [logon] = ocsf.events({ class_uid: 3002, activity_id: 1, time: 1, user: { name: "eve" }, status_id: 2 })!;
  assert.deepEqual([logon?.activity, logon?.status, logon?.actor.user?.name], ["login", "failure", "eve"]);
});

test("ATNA: instances transferred, from the message alone", () => {
  const xml = `<AuditMessage>
    <EventIdentification EventActionCode="R" EventDateTime="2026-04-20T03:00:00Z" EventOutcomeIndicator="0">
      <EventID csd-code="110104" codeSystemName="DCM" originalText="DICOM Instances Transferred"/></EventIdentification>
    <ActiveParticipant UserID="PACS" AlternativeUserID="AETITLES=PACS" UserIsRequestor="false" NetworkAccessPointID="10.0.0.2"/>
    <ActiveParticipant UserID="d&apos;arcy" AlternativeUserID="AETITLES=WS1" UserIsRequestor="true" NetworkAccessPointID="10.0.0.9"/>
    <ParticipantObjectIdentification ParticipantObjectID="1.2.3" ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="3"/>
    <ParticipantObjectIdentification ParticipantObjectID="P1" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"/>
  </AuditMessage>`;
  assert.deepEqual(atna.events(xml), [
    {
      time: "2026-04-20T03:00:00.000Z",
      activity: "export",
      status: "success",
      status_code: "0",
      protocol: "dimse",
      operation: "110104",
      actor: { user: { name: "d'arcy" }, app: "WS1" },
      src_endpoint: { ip: "10.0.0.9", ae_title: "WS1" },
      dst_endpoint: { ip: "10.0.0.2" },
      resources: [
        { level: "study", study_uid: "1.2.3" },
        { level: "patient", patient_id: "P1" },
      ],
      metadata: { product: "ATNA" },
    },
  ]);
});

test("any JSON and any text is read or refused, never thrown at", () => {
  for (const format of [events, cloudtrail, fhirAuditEvent, ocsf]) {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => void format.events(value)),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            "time",
            "eventTime",
            "eventName",
            "recorded",
            "resourceType",
            "class_uid",
            "activity",
            "entity",
            "agent",
            "resources",
            "Records",
            "entry",
          ),
          fc.jsonValue(),
        ),
        (value) => void format.events(value),
      ),
    );
  }
  fc.assert(fc.property(fc.string(), (text) => void atna.events(`<AuditMessage>${text}</AuditMessage>`)));
});

test("CloudTrail: failed and refused logins, services and accounts that act, several objects at once", () => {
  const base = { eventTime: "2026-04-20T03:00:00Z", eventSource: "signin.amazonaws.com", eventName: "ConsoleLogin" };
  const one = (more: object) => cloudtrail.events({ ...base, ...more })![0]!;
  assert.equal(one({ responseElements: { ConsoleLogin: "Success" } }).status, "success");
  const failed = one({ errorMessage: "Failed authentication", responseElements: { ConsoleLogin: "Failure" } });
  assert.deepEqual([failed.activity, failed.status, failed.status_code], ["login", "denied", "Failed authentication"]);
  assert.equal(one({ errorCode: "NoSuchKey" }).status, "failure");
  assert.equal(one({ errorCode: "Client.UnauthorizedOperation" }).status, "denied");
  assert.equal(one({ errorCode: "SignatureDoesNotMatch" }).status, "denied");
  const service = one({
    userIdentity: { type: "AWSService", invokedBy: "config.amazonaws.com" },
    sourceIPAddress: "config.amazonaws.com",
  });
  assert.deepEqual(service.actor.user, { name: "config.amazonaws.com", type: "service" });
  assert.deepEqual(service.src_endpoint, { hostname: "config.amazonaws.com" });
  assert.deepEqual(one({ sourceIPAddress: "2001:db8::1" }).src_endpoint, { ip: "2001:db8::1" });
  assert.equal(one({ userIdentity: { type: "AWSAccount", accountId: "1" } }).actor.user!.name, "1");
  const arn = "arn:aws:sts::1:assumed-role/Dose/anna";
  const assumed = one({
    userIdentity: { type: "AssumedRole", arn, sessionContext: { sessionIssuer: { userName: "Dose" } } },
  });
  assert.deepEqual(assumed.actor.user, { name: arn, role: "Dose" });
  const many = one({
    eventName: "DeleteObjects",
    requestParameters: { bucketName: "b", delete: "" },
    resources: [{ type: "AWS::S3::Object" }, { type: "AWS::S3::Object" }, { type: "AWS::S3::Bucket" }],
  });
  assert.deepEqual([many.activity, many.count], ["delete", { objects: 2 }]);
  const stopped = one({ eventSource: "cloudtrail.amazonaws.com", eventName: "StopLogging" });
  assert.deepEqual([stopped.activity, stopped.operation], ["admin", "cloudtrail:StopLogging"]);
});

test("a record of a list that makes no sense is counted, and the others are read", () => {
  const sound = { eventTime: "2026-04-20T03:00:00Z", eventName: "GetObject" };
  const found = cloudtrail.events({ Records: [sound, { eventName: "GetObject" }, sound] })!;
  assert.deepEqual(
    found.map((event) => event?.operation),
    ["aws:GetObject", undefined, "aws:GetObject"],
  );
  const audit = { resourceType: "AuditEvent", recorded: "2026-04-20T03:00:00Z" };
  const bundle = { resourceType: "Bundle", entry: [{ resource: { resourceType: "AuditEvent" } }, { resource: audit }] };
  assert.deepEqual(
    fhirAuditEvent.events(bundle)!.map((event) => event !== undefined),
    [false, true],
  );
});
