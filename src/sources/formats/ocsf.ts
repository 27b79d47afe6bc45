/** OCSF 1.x JSON: API Activity (6003), Datastore (6005), File System (1001), HTTP (4002), Authentication (3002) and kin. */
import type { AccessEvent, Activity, Resource } from "../../core/index.ts";
import { isObject, type Json, known, listAt, numberAt, objectAt, type RecordFormat, textAt, timeOf } from "./format.ts";

const authentication = 3002;
const crud: Record<number, Activity> = { 1: "create", 2: "read", 3: "update", 4: "delete" };
const byName: [RegExp, Activity][] = [
  [/log ?on|login|authenticat/i, "login"],
  [/log ?off|logout/i, "logout"],
  [/delete|purge|destroy/i, "delete"],
  [/create|put|upload|write/i, "create"],
  [/update|modify|rename|encrypt/i, "update"],
  [/read|get|open|download|preview/i, "read"],
  [/list|query|search|scan/i, "query"],
];

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
    activity: activityOf(record, operation),
    status: statusOf(record),
    status_code: textAt(record, "status_code"),
    protocol: "api",
    operation: operation ?? `class-${String(record["class_uid"])}`,
    actor: actorFrom(record),
    src_endpoint: endpointOf(objectAt(record, "src_endpoint")),
    dst_endpoint: isObject(record["dst_endpoint"]) ? endpointOf(record["dst_endpoint"]) : undefined,
    tenant: textAt(objectAt(record, "metadata"), "tenant_uid"),
    resources: resources.length > 0 ? resources : undefined,
    traffic: known({ bytes_in: numberAt(traffic, "bytes_in"), bytes_out: numberAt(traffic, "bytes_out") }),
    metadata: known({ uid: textAt(objectAt(record, "metadata"), "uid") }),
  });
}

function activityOf(record: Json, operation: string | undefined): Activity {
  const id = numberAt(record, "activity_id");
  if (numberAt(record, "class_uid") === authentication) return id === 2 ? "logout" : "login";
  return byName.find(([pattern]) => pattern.test(operation ?? ""))?.[1] ?? crud[id ?? 0] ?? "admin";
}

function statusOf(record: Json): AccessEvent["status"] {
  const isDenied = /denied|blocked|unauthori[sz]ed/i.test(
    `${textAt(record, "disposition") ?? ""} ${textAt(record, "status_detail") ?? ""}`,
  );
  if (isDenied) return "denied";
  return numberAt(record, "status_id") === 2 || /fail/i.test(textAt(record, "status") ?? "") ? "failure" : "success";
}

function actorFrom(record: Json): AccessEvent["actor"] {
  const actor = objectAt(record, "actor");
  const user = isObject(actor["user"]) ? actor["user"] : objectAt(record, "user");
  const name = textAt(user, "name") ?? textAt(user, "uid") ?? textAt(user, "email_addr");
  const app = textAt(actor, "app_name") ?? textAt(objectAt(actor, "process"), "name") ?? textAt(actor, "invoked_by");
  return known({ user: name ? { name } : undefined, app, session: textAt(objectAt(actor, "session"), "uid") });
}

function endpointOf(endpoint: Json): AccessEvent["src_endpoint"] {
  return known({
    ip: textAt(endpoint, "ip"),
    hostname: textAt(endpoint, "hostname"),
    port: numberAt(endpoint, "port"),
  });
}

function resourcesOf(record: Json): Resource[] {
  const listed = listAt(record, "resources").map((resource) => textAt(resource, "uid") ?? textAt(resource, "name"));
  const file = textAt(objectAt(record, "file"), "path");
  const table = textAt(objectAt(record, "table"), "name") ?? textAt(objectAt(record, "database"), "name");
  const path = textAt(objectAt(objectAt(record, "http_request"), "url"), "path");
  const host = textAt(objectAt(record, "dst_endpoint"), "hostname") ?? textAt(objectAt(record, "dst_endpoint"), "ip");
  const names = [...listed, file, table, path].filter((name) => name !== undefined);
  if (names.length === 0 && host) names.push(host);
  return names.map((name) => ({ level: "study", study_uid: name }));
}
