/**
 * What an OCSF event did, from its class and activity (schema.ocsf.io, 1.x). The name of an API call says more than the
 * activity of its class, where a listing is a Read; so it comes first.
 */
import type { Activity } from "../../core/index.ts";
import { type Json, numberAt, objectAt, textAt } from "./format.ts";

const crud: Record<number, Activity> = { 1: "create", 2: "read", 3: "update", 4: "delete" };
/** By class and `activity_id`. */
const classes: Record<number, Record<number, Activity>> = {
  // File System Activity: also Rename, Set Attributes, Set Security, Get Attributes, Get Security, Encrypt, Decrypt, Open
  1001: {
    ...crud,
    5: "update",
    6: "update",
    7: "admin",
    8: "read",
    9: "read",
    10: "update",
    11: "update",
    14: "read",
  },
  // Account Change and User Access, Entity, Group Management
  3001: {},
  3003: { 1: "login" }, // Authorize Session
  3004: crud,
  3005: {},
  3006: {},
  // Network Activity: Open, Close, Reset, Fail, Refuse
  4001: { 1: "associate", 2: "release", 3: "release", 4: "associate", 5: "associate" },
  // HTTP Activity, by its methods
  4002: { 1: "associate", 2: "delete", 3: "read", 4: "query", 5: "query", 6: "create", 7: "create", 9: "update" },
  // Web Resources Activity: also Search, Import, Export, Share
  6001: { ...crud, 5: "query", 6: "import", 7: "export", 8: "export" },
  6003: crud,
  // Datastore Activity: Read, Update, Connect, Query, Write, Create, Delete, List, Encrypt, Decrypt
  6005: {
    1: "read",
    2: "update",
    3: "login",
    4: "query",
    5: "update",
    6: "create",
    7: "delete",
    8: "query",
    9: "update",
    10: "update",
  },
  // File Hosting Activity: Upload, Download, Update, Delete, Rename, Copy, Move, Restore, Preview, Share, Open, Sync
  6006: {
    1: "create",
    2: "read",
    3: "update",
    4: "delete",
    5: "update",
    6: "create",
    7: "update",
    8: "restore",
    9: "read",
    12: "export",
    14: "read",
    15: "read",
  },
};
const authentication = 3002;
const byName: [RegExp, Activity][] = [
  [/^(user ?|console ?)?(log ?[io]n|sign ?in|authenticat)/i, "login"],
  [/^(user ?)?(log ?(off|out)|sign ?out)/i, "logout"],
  [/^(batch ?)?(delete|purge|destroy|remove|erase)/i, "delete"],
  [/^(create|put|upload|write|copy|post|store)/i, "create"],
  [/^(update|modify|rename|encrypt|move|patch|set)/i, "update"],
  [/^(list|query|search|scan|describe|lookup|head|select)/i, "query"],
  [/^(batch ?)?(read|get|open|download|preview|view)/i, "read"],
];

export function ocsfActivity(record: Json): Activity {
  const uid = numberAt(record, "class_uid");
  const id = numberAt(record, "activity_id") ?? 0;
  if (uid === authentication) return id === 2 ? "logout" : "login";
  const call = textAt(objectAt(record, "api"), "operation");
  const named = call ? activityNamed(call) : undefined;
  const ofClass = uid === undefined ? crud : (classes[uid] ?? {});
  return named ?? ofClass[id] ?? activityNamed(textAt(record, "activity_name") ?? "") ?? "admin";
}

/** The name of a call may have its service before it: `s3:GetObject`. */
function activityNamed(name: string): Activity | undefined {
  const verb = name.slice(name.lastIndexOf(":") + 1);
  return byName.find(([pattern]) => pattern.test(verb))?.[1];
}
