/** What in a CloudTrail request is remarkable beyond its name: the codes of `AccessEvent.marks`. */
import { isObject, type Json, objectAt, textAt } from "./format.ts";

const customerKey = /^(x-amz-server-side-encryption-customer|sseCustomer)/i;
const kmsKey = /^(x-amz-server-side-encryption-aws-kms-key-id|kmsKeyId|kmsMasterKeyId)$/i;
const bypass = /^x-amz-bypass-governance-retention$/i;
/** Days: what expires sooner is being thrown away. */
const soon = 14;

export function cloudTrailMarks(record: Json, operation: string): string[] | undefined {
  const parameters = objectAt(record, "requestParameters");
  const headers = Object.keys(parameters);
  const marks: string[] = [];
  const applied = textAt(objectAt(record, "additionalEventData"), "SSEApplied");
  if (headers.some((name) => customerKey.test(name)) || applied === "SSE_C") marks.push("encryption/customer-key");
  const key = headers.find((name) => kmsKey.test(name));
  const account = key && /^arn:[^:]*:kms:[^:]*:(\d+):/.exec(String(parameters[key]))?.[1];
  if (account && account !== textAt(record, "recipientAccountId")) marks.push("encryption/foreign-key");
  if (headers.some((name) => bypass.test(name))) marks.push("retention/bypassed");
  if (/^DeleteObjects?$/.test(operation) && namesVersion(record)) marks.push("version/destroyed");
  if (operation === "PutBucketVersioning" && /"Suspended"/.test(JSON.stringify(parameters)))
    marks.push("versioning/suspended");
  if (/^PutBucketLifecycle/.test(operation) && expiresSoon(parameters)) marks.push("lifecycle/short");
  return marks.length > 0 ? marks : undefined;
}

/** With its version named, an object is gone; without, it is hidden by a marker. `null` is the version of an object without. */
function namesVersion(record: Json): boolean {
  const version = textAt(objectAt(record, "requestParameters"), "versionId");
  return version !== undefined && version !== "null";
}

/** A rule whose Expiration is a few days, wherever it stands. */
function expiresSoon(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(expiresSoon);
  if (!isObject(value)) return false;
  const days = Number(objectAt(value, "Expiration")["Days"]);
  return (days > 0 && days <= soon) || Object.values(value).some(expiresSoon);
}
