/**
 * DICOM audit messages (PS3.15 A.5, the ATNA audit trail): the XML alone, or framed in RFC 5424 syslog. Only what lies
 * between <AuditMessage and </AuditMessage> is read, so any framing will do.
 */
import type { AccessEvent, Activity, Resource } from "../../core/index.ts";
import { known, type RecordFormat, timeOf } from "./format.ts";

const activityByEvent: Record<string, Activity> = {
  "110100": "start",
  "110101": "read", // Audit Log Used
  "110102": "export", // Begin Transferring DICOM Instances
  "110103": "read", // DICOM Instances Accessed
  "110104": "export", // DICOM Instances Transferred
  "110105": "delete", // DICOM Study Deleted
  "110106": "export",
  "110107": "import",
  "110108": "associate", // Network Entry
  "110109": "read", // Order Record
  "110110": "read", // Patient Record
  "110111": "read", // Procedure Record
  "110112": "query",
  "110113": "admin", // Security Alert
  "110114": "login",
};
const activityByAction: Record<string, Activity> = { C: "create", U: "update", D: "delete" };
const securityAlert = "110113";
/** Alerts about what somebody tried: node authentication, use of a restricted function. */
const attempts = new Set(["110126", "110132"]);
/** Events whose action code says what was done to the object. */
const byAction = new Set(["110103", "110109", "110110", "110111"]);

export const atna: RecordFormat = {
  records: { xml: "AuditMessage" },
  events(record) {
    if (typeof record !== "string") return undefined;
    const identification = attributes(record, "EventIdentification")[0];
    const time = timeOf(identification?.["EventDateTime"]);
    if (!identification || !time) return undefined;
    const event = codeOf(record, "EventID");
    const type = codeOf(record, "EventTypeCode");
    const outcome = identification["EventOutcomeIndicator"];
    return [
      known<AccessEvent>({
        time,
        activity: activityOf(event, type, identification["EventActionCode"]),
        status: statusOf(event, type, outcome),
        status_code: outcome,
        protocol: "dimse",
        operation: type ?? event ?? "audit",
        ...participants(record),
        resources: attributes(record, "ParticipantObjectIdentification")
          .map(resourceOf)
          .filter((found) => found !== undefined),
        count: countOf(record),
        metadata: { product: "ATNA" },
      }),
    ];
  },
};

/**
 * Of a security alert the outcome is its severity (PS3.15 A.5.3, Security Alert): what it tells of has been done, the
 * recording of an audit trail stopped, say, unless it is about an attempt.
 */
function statusOf(event = "", type = "", outcome = "0"): AccessEvent["status"] {
  const isSeverity = event === securityAlert && !attempts.has(type);
  if (outcome === "0" || isSeverity) return "success";
  return outcome === "4" ? "denied" : "failure";
}

function activityOf(event = "", type = "", action = ""): Activity {
  if (type === "110121") return "stop";
  if (type === "110123") return "logout";
  if (byAction.has(event)) return activityByAction[action] ?? "read";
  return activityByEvent[event] ?? "admin";
}

/** The requestor acts; where no one is marked, the first participant does. */
function participants(xml: string): Pick<AccessEvent, "actor" | "src_endpoint" | "dst_endpoint"> {
  const all = attributes(xml, "ActiveParticipant");
  const requestor = all.find((participant) => participant["UserIsRequestor"] !== "false") ?? all[0] ?? {};
  const other = all.find((participant) => participant !== requestor);
  const aeTitle = /AETITLES?=([^;\s]+)/.exec(requestor["AlternativeUserID"] ?? "")?.[1];
  const id = requestor["UserID"];
  // The UserID of an application is its process (PS3.15 A.5.3): another after each start, so its AE title names it.
  const name = aeTitle && /^\d*$/.test(id ?? "") ? undefined : id;
  return known({
    actor: known({ user: name ? { name } : undefined, app: aeTitle }),
    src_endpoint: known({ ip: requestor["NetworkAccessPointID"], ae_title: aeTitle }),
    dst_endpoint: other?.["NetworkAccessPointID"] ? { ip: other["NetworkAccessPointID"] } : undefined,
  });
}

/** Instances by SOP class, as ParticipantObjectDescription tells of a study (PS3.15 A.5.2). */
function countOf(xml: string): AccessEvent["count"] {
  const objects = attributes(xml, "SOPClass")
    .map(({ NumberOfInstances }) => Number(NumberOfInstances))
    .filter((count) => Number.isSafeInteger(count) && count > 0)
    .reduce((sum, count) => sum + count, 0);
  return objects > 0 ? { objects } : undefined;
}

/** Object type 1 role 1 is a patient; type 2 role 3 a study (PS3.15 A.5.2). */
function resourceOf(object: Record<string, string>): Resource | undefined {
  const id = object["ParticipantObjectID"];
  if (!id) return undefined;
  const isPatient = object["ParticipantObjectTypeCode"] === "1";
  return isPatient ? { level: "patient", patient_id: id } : { level: "study", study_uid: id };
}

/** `csd-code`, or `code` as older senders write. */
function codeOf(xml: string, element: string): string | undefined {
  const found = attributes(xml, element)[0];
  return found?.["csd-code"] ?? found?.["code"];
}

/** The attributes of every element of a name. */
function attributes(xml: string, element: string): Record<string, string>[] {
  return Array.from(
    xml.matchAll(new RegExp(`<${element}((?:\\s+[\\w:.-]+\\s*=\\s*(?:"[^"]*"|'[^']*'))*)\\s*/?>`, "g")),
    ([, text]) =>
      Object.fromEntries(
        Array.from((text ?? "").matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g), ([, name, double, single]) => [
          name,
          unescaped(double ?? single ?? ""),
        ]),
      ),
  );
}

const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescaped(text: string): string {
  return text.replace(/&(?:(lt|gt|quot|apos|amp)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/g, (whole, name, decimal, hex) => {
    if (name) return entities[name as string]!;
    const point = decimal ? Number(decimal) : Number.parseInt(hex as string, 16);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
