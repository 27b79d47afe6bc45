/** FHIR R4 AuditEvent resources: a resource a line, arrays of them, or Bundles. */
import type { AccessEvent, Activity, Resource } from "../../core/index.ts";
import { isObject, type Json, known, listAt, objectAt, type RecordFormat, textAt, timeOf } from "./format.ts";

const activityByAction: Record<string, Activity> = { C: "create", R: "read", U: "update", D: "delete", E: "query" };

export const fhirAuditEvent: RecordFormat = {
  records: "json",
  unrolled: ["entry"],
  events(record) {
    if (!isObject(record)) return undefined;
    const isBundle = record["resourceType"] === "Bundle" || Array.isArray(record["entry"]);
    const entries = isBundle ? listAt(record, "entry").map((entry) => objectAt(entry, "resource")) : [record];
    const audits = entries.filter((entry) => entry["resourceType"] === "AuditEvent");
    return audits.length > 0 || isBundle ? audits.map(eventOf) : undefined;
  },
};

function eventOf(audit: Json): AccessEvent | undefined {
  const time = timeOf(audit["recorded"]);
  if (!time) return undefined;
  const subtype = listAt(audit, "subtype")
    .map((coding) => textAt(coding, "code"))
    .find((code) => code !== undefined);
  const type = textAt(objectAt(audit, "type"), "code");
  const agents = listAt(audit, "agent");
  const { user, client } = actingOf(agents);
  const outcome = textAt(audit, "outcome");
  const source = objectAt(audit, "source");
  return known<AccessEvent>({
    time,
    activity: activityOf(textAt(audit, "action"), type, subtype),
    status: outcome === undefined || outcome === "0" ? "success" : outcome === "4" ? "denied" : "failure",
    status_code: outcome,
    protocol: "api",
    operation: subtype ?? type ?? "audit",
    actor: known({ user: userOf(user), app: client ? nameOf(client) : textAt(source, "site") }),
    src_endpoint: endpointOf([user, client].map((agent) => objectAt(agent ?? {}, "network"))),
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

/**
 * Who asked: of the requestors a person before a device; and the application asked through, where another agent is one
 * (IHE BALP 1.1 names both as agents).
 */
function actingOf(agents: readonly Json[]): { user: Json; client: Json | undefined } {
  const requestors = agents.filter((agent) => agent["requestor"] === true);
  const asking = requestors.length > 0 ? requestors : agents.slice(0, 1);
  const user = asking.find(isPerson) ?? asking[0] ?? {};
  const client = asking.find((agent) => agent !== user) ?? agents.find((agent) => agent !== user && isClient(agent));
  return { user, client };
}

function isPerson(agent: Json): boolean {
  const reference = textAt(objectAt(agent, "who"), "reference") ?? "";
  return (
    /(^|\/)(Practitioner(Role)?|Patient|RelatedPerson|Person)\//.test(reference) || codesOf(agent).includes("IRCP")
  );
}

/** DICOM 110150 Application, 110153 Source Role ID. */
function isClient(agent: Json): boolean {
  return codesOf(agent).some((code) => code === "110150" || code === "110153");
}

function codesOf(agent: Json): string[] {
  return listAt(objectAt(agent, "type"), "coding").flatMap((coding) => textAt(coding, "code") ?? []);
}

function nameOf(agent: Json): string | undefined {
  const who = objectAt(agent, "who");
  return (
    textAt(objectAt(who, "identifier"), "value") ??
    textAt(who, "reference") ??
    textAt(agent, "altId") ??
    textAt(agent, "name") ??
    textAt(who, "display")
  );
}

function userOf(agent: Json): AccessEvent["actor"]["user"] {
  const name = nameOf(agent);
  const role = textAt(listAt(listAt(agent, "role")[0] ?? {}, "coding")[0] ?? {}, "code");
  const type = /(^|\/)Device\//.test(textAt(objectAt(agent, "who"), "reference") ?? "") ? "service" : undefined;
  return name ? known<NonNullable<AccessEvent["actor"]["user"]>>({ name, type, role }) : undefined;
}

/** `network.type` 1 is a machine's name, 2 an address (network-type); others are no machine. */
function endpointOf(networks: readonly Json[]): AccessEvent["src_endpoint"] {
  const network = networks.find((one) => textAt(one, "address")) ?? {};
  const address = textAt(network, "address");
  const isName = textAt(network, "type") === "1";
  return known<AccessEvent["src_endpoint"]>({ [isName ? "hostname" : "ip"]: address });
}

/** A Patient is a patient; any other resource is a study of that reference. */
function resourceOf(entity: Json): Resource | undefined {
  const what = objectAt(entity, "what");
  const reference = textAt(what, "reference") ?? textAt(objectAt(what, "identifier"), "value");
  if (!reference) return undefined;
  const isPatient = /(^|\/)Patient\//.test(reference) || textAt(objectAt(entity, "type"), "code") === "1";
  return isPatient ? { level: "patient", patient_id: reference } : { level: "study", study_uid: reference };
}
