/**
 * OCSF 1.x JSON (schema.ocsf.io): API Activity (6003), Datastore (6005), Web Resources (6001), File Hosting (6006), File
 * System (1001), HTTP (4002), Network (4001), Authentication (3002) and kin.
 */
import type { AccessEvent, Resource } from "../../core/index.ts";
import { isObject, type Json, known, listAt, numberAt, objectAt, type RecordFormat, textAt, timeOf } from "./format.ts";
import { ocsfActivity } from "./ocsf-activities.ts";

export const ocsf: RecordFormat = {
  records: "json",
  events(record) {
    if (!isObject(record)) return undefined;
    const time = timeOf(record["time"] ?? record["time_dt"]);
    if (!time || (record["class_uid"] === undefined && record["activity_id"] === undefined)) return undefined;
    return [eventOf(record, time)];
  },
};

function eventOf(record: Json, time: string): AccessEvent {
  const operation =
    textAt(objectAt(record, "api"), "operation") ?? textAt(record, "activity_name") ?? textAt(record, "type_name");
  const traffic = objectAt(record, "traffic");
  const resources = resourcesOf(record);
  return known<AccessEvent>({
    time,
    activity: ocsfActivity(record),
    status: statusOf(record),
    status_code: textAt(record, "status_code"),
    protocol: "api",
    operation: operation ?? `class-${String(record["class_uid"])}`,
    actor: actorFrom(record),
    src_endpoint: endpointOf(objectAt(record, isObject(record["src_endpoint"]) ? "src_endpoint" : "device")),
    dst_endpoint: isObject(record["dst_endpoint"]) ? endpointOf(record["dst_endpoint"]) : undefined,
    tenant:
      textAt(objectAt(record, "metadata"), "tenant_uid") ??
      textAt(objectAt(objectAt(record, "cloud"), "account"), "uid"),
    resources: resources.length > 0 ? resources : undefined,
    count: countOf(record),
    traffic: known({ bytes_in: numberAt(traffic, "bytes_in"), bytes_out: numberAt(traffic, "bytes_out") }),
    metadata: known({ uid: textAt(objectAt(record, "metadata"), "uid") }),
  });
}

/** One event may stand for several alike. */
function countOf(record: Json): AccessEvent["count"] {
  const count = numberAt(record, "count");
  return count !== undefined && Number.isInteger(count) && count > 1 ? { objects: count } : undefined;
}

const refused = /denied|blocked|unauthori[sz]ed|forbidden|^40[13]$/i;
/** `disposition_id`: Blocked. */
const blocked = 2;

function statusOf(record: Json): AccessEvent["status"] {
  const http = numberAt(objectAt(record, "http_response"), "code") ?? numberAt(record, "http_status");
  const api = objectAt(objectAt(record, "api"), "response");
  const said = [textAt(record, "disposition"), textAt(record, "status_detail"), textAt(record, "status_code")];
  const words = [...said, textAt(api, "error"), http === undefined ? undefined : String(http)];
  if (numberAt(record, "disposition_id") === blocked || words.some((word) => word && refused.test(word)))
    return "denied";
  if (numberAt(record, "status_id") === 2 || /fail/i.test(textAt(record, "status") ?? "")) return "failure";
  return (http ?? 0) >= 400 || textAt(api, "error") ? "failure" : "success";
}

/** `user.type_id`: System and Service. */
const serviceTypes = new Set([3, 4]);

function actorFrom(record: Json): AccessEvent["actor"] {
  const actor = objectAt(record, "actor");
  const user = isObject(actor["user"]) ? actor["user"] : objectAt(record, "user");
  const name = textAt(user, "name") ?? textAt(user, "uid") ?? textAt(user, "email_addr");
  const app =
    textAt(actor, "app_name") ??
    textAt(objectAt(actor, "process"), "name") ??
    textAt(actor, "invoked_by") ??
    textAt(objectAt(record, "http_request"), "user_agent");
  const type = serviceTypes.has(numberAt(user, "type_id") ?? 0) ? "service" : undefined;
  return known({
    user: name ? known<NonNullable<AccessEvent["actor"]["user"]>>({ name, type }) : undefined,
    app,
    session: textAt(objectAt(actor, "session"), "uid"),
  });
}

function endpointOf(endpoint: Json): AccessEvent["src_endpoint"] {
  return known({
    ip: textAt(endpoint, "ip"),
    hostname: textAt(endpoint, "hostname"),
    port: numberAt(endpoint, "port"),
  });
}

function resourcesOf(record: Json): Resource[] {
  const listed = [...listAt(record, "resources"), ...listAt(record, "web_resources"), objectAt(record, "resource")].map(
    (resource) => textAt(resource, "uid") ?? textAt(resource, "name"),
  );
  const file = textAt(objectAt(record, "file"), "path");
  const table = ["table", "databucket", "database"]
    .map((kind) => textAt(objectAt(record, kind), "name") ?? textAt(objectAt(record, kind), "uid"))
    .find((name) => name !== undefined);
  const url = objectAt(objectAt(record, "http_request"), "url");
  const path = textAt(url, "path") ?? textAt(url, "url_string");
  const host = textAt(objectAt(record, "dst_endpoint"), "hostname") ?? textAt(objectAt(record, "dst_endpoint"), "ip");
  const names = [...listed, file, table, path].filter((name) => name !== undefined);
  if (names.length === 0 && host) names.push(host);
  return names.map((name) => ({ level: "study", study_uid: name }));
}
