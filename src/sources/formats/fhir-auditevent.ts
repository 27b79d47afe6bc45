/** FHIR R4 AuditEvent resources: a resource a line, arrays of them, or Bundles. */
import type { AccessEvent, Activity, Resource } from "../../core/index.ts";
import { isObject, type Json, known, listAt, objectAt, type RecordFormat, textAt, timeOf } from "./format.ts";

const activityByAction: Record<string, Activity> = { C: "create", R: "read", U: "update", D: "delete", E: "query" };

export const fhirAuditEvent: RecordFormat = {
  records: "json",
  events(record) {
    if (!isObject(record)) return undefined;
    const entries =
      record["resourceType"] === "Bundle"
        ? listAt(record, "entry").map((entry) => objectAt(entry, "resource"))
        : [record];
    const audits = entries.filter((entry) => entry["resourceType"] === "AuditEvent");
    return audits.length > 0 || record["resourceType"] === "Bundle" ? audits.map(eventOf) : undefined;
  },
};

function eventOf(audit: Json): AccessEvent | undefined {
  const time = timeOf(audit["recorded"]);
  if (!time) return undefined;
  const subtype = textAt(listAt(audit, "subtype")[0] ?? {}, "code");
  const type = textAt(objectAt(audit, "type"), "code");
  const agents = listAt(audit, "agent");
  const agent = agents.find((candidate) => candidate["requestor"] === true) ?? agents[0] ?? {};
  const outcome = textAt(audit, "outcome");
  const source = objectAt(audit, "source");
  return known<AccessEvent>({
    time,
    activity: activityOf(textAt(audit, "action"), type, subtype),
    status: outcome === undefined || outcome === "0" ? "success" : outcome === "4" ? "denied" : "failure",
    status_code: outcome,
    protocol: "api",
    operation: subtype ?? type ?? "audit",
    actor: known({ user: userOf(agent), app: textAt(source, "site") }),
    src_endpoint: known({ ip: textAt(objectAt(agent, "network"), "address") }),
    resources: listAt(audit, "entity")
      .map(resourceOf)
      .filter((resource) => resource !== undefined),
    metadata: known({ uid: textAt(audit, "id"), product: "FHIR AuditEvent" }),
  });
}

function activityOf(action: string | undefined, type: string | undefined, subtype: string | undefined): Activity {
  if (subtype === "110122" || (type === "110114" && subtype !== "110123")) return "login";
  if (subtype === "110123") return "logout";
  if (subtype?.startsWith("search")) return "query";
  return activityByAction[action ?? "E"] ?? "query";
}

function userOf(agent: Json): AccessEvent["actor"]["user"] {
  const who = objectAt(agent, "who");
  const name =
    textAt(objectAt(who, "identifier"), "value") ??
    textAt(who, "reference") ??
    textAt(agent, "altId") ??
    textAt(agent, "name");
  const role = textAt(listAt(listAt(agent, "role")[0] ?? {}, "coding")[0] ?? {}, "code");
  return name ? known<NonNullable<AccessEvent["actor"]["user"]>>({ name, role }) : undefined;
}

/** A Patient is a patient; any other resource is a study of that reference. */
function resourceOf(entity: Json): Resource | undefined {
  const what = objectAt(entity, "what");
  const reference = textAt(what, "reference") ?? textAt(objectAt(what, "identifier"), "value");
  if (!reference) return undefined;
  const isPatient = /(^|\/)Patient\//.test(reference) || textAt(objectAt(entity, "type"), "code") === "1";
  return isPatient ? { level: "patient", patient_id: reference } : { level: "study", study_uid: reference };
}
