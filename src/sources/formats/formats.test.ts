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
  assert.deepEqual(marks("DeleteObject", { versionId: "3HL4kqtJlcpXroDTDmJ" }), ["version/destroyed"]);
  for (const parameters of [{}, { versionId: "null" }]) assert.equal(marks("DeleteObject", parameters), undefined);
  assert.equal(marks("GetObject", { versionId: "3HL4kqtJlcpXroDTDmJ" }), undefined);
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

test("ATNA: the outcome of a security alert is its severity, unless it tells of an attempt", () => {
  const status = (event: string, type: string, outcome: string) =>
    atna.events(`<AuditMessage>
      <EventIdentification EventActionCode="E" EventDateTime="2026-04-20T03:00:00Z" EventOutcomeIndicator="${outcome}">
        <EventID csd-code="${event}" codeSystemName="DCM"/><EventTypeCode csd-code="${type}" codeSystemName="DCM"/>
      </EventIdentification></AuditMessage>`)?.[0]?.status;
  assert.equal(status("110113", "110133", "4"), "success"); // Audit Recording Stopped
  assert.equal(status("110113", "110126", "4"), "denied"); // Node Authentication
  assert.equal(status("110114", "110122", "4"), "denied"); // User Authentication, Login
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

test("CloudTrail: sessions named by programs are their role, those named by people are people", () => {
  const name = (session: string) =>
    cloudtrail.events({
      eventTime: "2026-04-20T03:00:00Z",
      eventName: "GetObject",
      userIdentity: {
        arn: `arn:aws:sts::1:assumed-role/Dose/${session}`,
        sessionContext: { sessionIssuer: { userName: "Dose", arn: "arn:aws:iam::1:role/Dose" } },
      },
    })![0]!.actor.user!.name;
  for (const session of ["i-0123456789abcdef0", "botocore-session-1712345678"])
    assert.equal(name(session), "arn:aws:iam::1:role/Dose");
  for (const session of ["anna", "anna.meier@clinic.example", "deadline"])
    assert.equal(name(session), `arn:aws:sts::1:assumed-role/Dose/${session}`);
});

test("ATNA: instances are counted, and an application is its AE title, not its process", () => {
  const xml = (id: string, alternative: string) => `<AuditMessage>
    <EventIdentification EventDateTime="2026-04-20T03:00:00Z"><EventID csd-code="110104"/></EventIdentification>
    <ActiveParticipant UserID="${id}" AlternativeUserID="${alternative}" UserIsRequestor="true"/>
    <ParticipantObjectIdentification ParticipantObjectID="1.2.3" ParticipantObjectTypeCode="2">
      <ParticipantObjectDescription><SOPClass UID="1.2.840.10008.5.1.4.1.1.2" NumberOfInstances="120"/>
      <SOPClass UID="1.2.840.10008.5.1.4.1.1.481.5" NumberOfInstances="2"/><SOPClass UID="1" NumberOfInstances="-7"/>
      </ParticipantObjectDescription></ParticipantObjectIdentification></AuditMessage>`;
  const [event] = atna.events(xml("4711", "AETITLES=WS1"))!;
  assert.deepEqual([event?.actor, event?.count], [{ app: "WS1" }, { objects: 122 }]);
  assert.equal(atna.events(xml("4711", ""))![0]!.actor.user!.name, "4711");
});

test("FHIR AuditEvent: a person before the device asked through, which is the application (IHE BALP)", () => {
  const [event] = fhirAuditEvent.events({
    resourceType: "AuditEvent",
    recorded: "2026-04-20T03:00:00Z",
    type: { code: "rest" },
    subtype: [{ display: "no code" }, { code: "read" }],
    action: "R",
    agent: [
      {
        type: { coding: [{ code: "110153" }] },
        who: { reference: "Device/portal" },
        requestor: true,
        network: { address: "portal.clinic.example", type: "1" },
      },
      { type: { coding: [{ code: "110152" }] }, who: { reference: "Device/server" }, requestor: false },
      { type: { coding: [{ code: "IRCP" }] }, who: { display: "dr.b" }, requestor: true },
    ],
  })!;
  assert.deepEqual(event?.actor, { user: { name: "dr.b" }, app: "Device/portal" });
  assert.deepEqual([event?.operation, event?.src_endpoint], ["read", { hostname: "portal.clinic.example" }]);
});

test("OCSF: each class by its own activities; calls by their name; what was refused", () => {
  const one = (record: object) => ocsf.events({ time: 1_776_654_000_000, ...record })![0]!;
  const did = (class_uid: number, activity_id: number) => one({ class_uid, activity_id }).activity;
  assert.deepEqual(
    [did(4002, 2), did(4002, 3), did(4002, 7), did(6005, 1), did(6005, 7), did(6005, 8), did(6006, 1), did(6006, 2)],
    ["delete", "read", "create", "read", "delete", "query", "create", "read"],
  );
  assert.deepEqual([did(1001, 10), did(1001, 14), did(6001, 7), did(3001, 1)], ["update", "read", "export", "admin"]);
  const call = (operation: string, activity_id: number) =>
    one({ class_uid: 6003, activity_id, api: { operation } }).activity;
  assert.deepEqual(
    [call("ListBuckets", 2), call("CreateLoginProfile", 1), call("s3:DeleteObjects", 4), call("ConsoleLogin", 99)],
    ["query", "create", "delete", "login"],
  );
  const http = (code: number) => one({ class_uid: 4002, activity_id: 3, http_response: { code } }).status;
  assert.deepEqual([http(200), http(403), http(401), http(500)], ["success", "denied", "denied", "failure"]);
  assert.equal(one({ class_uid: 6003, status_id: 2, status_code: "AccessDenied" }).status, "denied");
  assert.equal(one({ class_uid: 6003, disposition_id: 2 }).status, "denied");
  const event = one({
    class_uid: 6005,
    activity_id: 1,
    count: 40,
    cloud: { account: { uid: "111122223333" } },
    actor: { user: { name: "backup", type_id: 3 } },
    http_request: { user_agent: "sdk/1" },
    databucket: { name: "images" },
    device: { ip: "10.0.0.4", hostname: "node1" },
  });
  assert.deepEqual(event.actor, { user: { name: "backup", type: "service" }, app: "sdk/1" });
  assert.deepEqual(
    [event.tenant, event.count, event.resources, event.src_endpoint],
    ["111122223333", { objects: 40 }, [{ level: "study", study_uid: "images" }], { ip: "10.0.0.4", hostname: "node1" }],
  );
});
