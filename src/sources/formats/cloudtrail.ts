/**
 * AWS CloudTrail, management and S3 data events: files of `{"Records":[…]}`, an event a line, or what `lookup-events` gives.
 * An object's bucket and leading folders stand for what people work on (`study_uid`), its key for the instance.
 */
import type { AccessEvent, Activity } from "../../core/index.ts";
import { cloudTrailMarks } from "./cloudtrail-marks.ts";
import { isObject, type Json, known, listAt, numberAt, objectAt, type RecordFormat, textAt, timeOf } from "./format.ts";

const foldersKept = 2;

const activityOf: [RegExp, Activity][] = [
  [/^(ConsoleLogin|AssumeRole|GetSessionToken|GetFederationToken)/, "login"],
  [/^(GetObject|SelectObjectContent|HeadObject)/, "read"],
  [/^(PutObject|CopyObject|CompleteMultipartUpload|UploadPart|PostObject|RestoreObject)/, "create"],
  [/^Delete(Object|Objects)$/, "delete"],
  [/^(List|Describe|Get|Head|Lookup|Search|BatchGet|Query|Scan)/, "query"],
];

export const cloudtrail: RecordFormat = {
  records: "json",
  unrolled: ["Records", "Events"],
  events(record) {
    if (!isObject(record)) return undefined;
    if (Array.isArray(record["Records"])) return listAt(record, "Records").map(eventOf);
    if (Array.isArray(record["Events"])) return listAt(record, "Events").map(lookedUp);
    return [eventOf(record)];
  },
};

/** `aws cloudtrail lookup-events` gives the record as text within one of its own. */
function lookedUp(found: Json): AccessEvent | undefined {
  try {
    const record: unknown = JSON.parse(textAt(found, "CloudTrailEvent") ?? "");
    return isObject(record) ? eventOf(record) : undefined;
  } catch {
    return undefined;
  }
}

function eventOf(record: Json): AccessEvent | undefined {
  const time = timeOf(record["eventTime"]);
  const operation = textAt(record, "eventName");
  if (!time || !operation) return undefined;
  const error = errorOf(record);
  const traffic = objectAt(record, "additionalEventData");
  const account = textAt(record, "recipientAccountId");
  const uid = textAt(record, "eventID");
  return known<AccessEvent>({
    time,
    activity: activityOf.find(([pattern]) => pattern.test(operation))?.[1] ?? "admin",
    status: !error ? "success" : refused.test(error) ? "denied" : "failure",
    status_code: error,
    protocol: "api",
    operation: `${textAt(record, "eventSource")?.replace(/\.amazonaws\.com$/, "") ?? "aws"}:${operation}`,
    actor: actorFrom(record),
    src_endpoint: sourceOf(textAt(record, "sourceIPAddress")),
    tenant: account,
    resources: resourcesOf(record),
    count: operation === "DeleteObjects" ? deletedAtOnce(record) : undefined,
    traffic: known({
      bytes_in: numberAt(traffic, "bytesTransferredIn"),
      bytes_out: numberAt(traffic, "bytesTransferredOut"),
    }),
    marks: cloudTrailMarks(record, operation),
    metadata: uid ? { uid, product: "CloudTrail" } : undefined,
  });
}

/** Refused for who asks; other errors are failures of what was asked. */
const refused =
  /Denied|Unauthori[sz]ed|Forbidden|AuthFailure|InvalidAccessKeyId|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken|Failed authentication/;

/** A failed ConsoleLogin has no errorCode. */
function errorOf(record: Json): string | undefined {
  const error = textAt(record, "errorCode");
  if (error) return error;
  const failed = textAt(objectAt(record, "responseElements"), "ConsoleLogin") === "Failure";
  return failed ? (textAt(record, "errorMessage") ?? "Failed authentication") : undefined;
}

/** An address, or the name of the service that asks for somebody. */
function sourceOf(source: string | undefined): AccessEvent["src_endpoint"] {
  if (source === undefined) return {};
  return /^[\d.]+$|:/.test(source) ? { ip: source } : { hostname: source };
}

/** DeleteObjects lists what it deleted only under `resources`, where it lists it at all. */
function deletedAtOnce(record: Json): AccessEvent["count"] {
  const objects = listAt(record, "resources").filter(({ type }) => type === "AWS::S3::Object").length;
  return objects > 0 ? { objects } : undefined;
}

function actorFrom(record: Json): AccessEvent["actor"] {
  const identity = objectAt(record, "userIdentity");
  const issuer = objectAt(objectAt(identity, "sessionContext"), "sessionIssuer");
  const arn = principalOf(textAt(identity, "arn"), textAt(issuer, "arn"));
  const name =
    textAt(identity, "userName") ??
    arn ??
    textAt(objectAt(identity, "onBehalfOf"), "userId") ??
    textAt(identity, "principalId") ??
    textAt(identity, "invokedBy") ??
    textAt(identity, "accountId");
  const role = textAt(issuer, "userName");
  const isService = textAt(identity, "type") === "AWSService";
  return known({
    user: name
      ? known<NonNullable<AccessEvent["actor"]["user"]>>({ name, type: isService ? "service" : undefined, role })
      : undefined,
    app: textAt(record, "userAgent"),
    session: textAt(identity, "accessKeyId"),
  });
}

/** A session named by a program (`i-0abc…`, `botocore-session-1712…`) is another each time: its role is who acts. */
function principalOf(arn: string | undefined, role: string | undefined): string | undefined {
  const session = arn === undefined ? undefined : /:assumed-role\/[^/]+\/(.+)$/.exec(arn)?.[1];
  return session !== undefined && madeUp.test(session) ? (role ?? arn) : arn;
}

const madeUp = /\d{6}|(?=[\da-f]*\d)[\da-f]{8}/i;

function resourcesOf(record: Json): AccessEvent["resources"] {
  const parameters = objectAt(record, "requestParameters");
  const bucket = textAt(parameters, "bucketName");
  if (!bucket) return undefined;
  const key = textAt(parameters, "key");
  const folder = [bucket, ...(key?.split("/").slice(0, -1).slice(0, foldersKept) ?? [])].join("/");
  return [
    key ? { level: "instance", study_uid: folder, sop_instance_uid: key } : { level: "study", study_uid: folder },
  ];
}
