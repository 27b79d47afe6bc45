/**
 * Orthanc's log, as `--verbose` writes it (glog): `I1125 09:39:41.493240 main.cpp:352] Incoming Store request from …`,
 * since 1.12 with the thread's name before the file. It names the peer of a DIMSE request but not the object, and the
 * object of a REST request but not the caller. Its lines have no year: with `--logdir` the file's name tells the day on which
 * it begins, and days before that are of the next year; else it is the year of the file's last change, and the one before
 * for days after that. Times are local time of the machine, whose zone the log does not tell.
 */
import type { AccessEvent, Activity, Level, Resource } from "../../core/index.ts";
import { LocalTime } from "../local-time.ts";
import type { RecordEvents, RecordFormat } from "./format.ts";

const linePattern =
  /^[A-Z](\d\d)(\d\d) (\d\d:\d\d:\d\d)\.(\d{3})\d* +(?:\S+ +)?\S+\.(?:cpp|h):\d+\] (?:\([\w-]+\) )?(.*)$/;
const peer = "AET (.{1,16}?) on IP ([\\da-fA-F.:]+)";
const incoming = new RegExp(`^Incoming (connection|\\w+) ?(?:request)? ?from ${peer}, calling AET (.*)$`);
const released = new RegExp(`^Association Release with ${peer}`);
const rejected = new RegExp(`^Rejected association for remote ${peer}`);
const wrongCalled = /^Rejected association, because of a bad called AET in the request \((.*)\)/;
const received = new RegExp(`^Association Received from ${peer}`);
const http = /^(GET|POST|PUT|DELETE) (\/\S*)/;
const overwriting = /^Overwriting instance: (\S+)/;
const failed = /^I?(Store|Find|Move|Get)?\w*RequestHandler Failed: (.*)/;

const requests: Record<string, [activity: Activity, operation: string]> = {
  connection: ["associate", "A-ASSOCIATE"],
  Echo: ["echo", "C-ECHO"],
  Store: ["create", "C-STORE"],
  Find: ["query", "C-FIND"],
  FindWorklist: ["query", "C-FIND"],
  Move: ["read", "C-MOVE"],
  Get: ["read", "C-GET"],
  NAction: ["commit", "N-ACTION"],
  NEventReport: ["commit", "N-EVENT-REPORT"],
};

export const orthanc: RecordFormat = {
  records: "lines",
  events: () => undefined,
  ofFile({ path, modified }, zone) {
    const local = new LocalTime(zone);
    const log = new OrthancLog(local, yearsOf(path) ?? yearsUntil(local, modified));
    return { events: (line) => (typeof line === "string" ? log.line(line) : undefined) };
  },
};

/** Of a month and day, MMDD. */
type YearOf = (day: string) => number;

/** From the name that Orthanc gives a log in a folder, `Orthanc.log.YYYYMMDD-HHMMSS.PID`: the day of its first line. */
function yearsOf(path: string): YearOf | undefined {
  const match = /\.(\d{4})(\d{4})-\d{6}\.\d+(\.gz)?$/.exec(path);
  if (!match) return undefined;
  const year = Number(match[1]);
  return (day) => (day < match[2]! ? year + 1 : year);
}

/** By the time of the last change: the day of the last line, in local time. */
function yearsUntil(local: LocalTime, modified: number): YearOf {
  const ahead = modified - local.instant(modified);
  const [year, month, day] = new Date(modified + ahead).toISOString().slice(0, 10).split("-") as [
    string,
    string,
    string,
  ];
  return (asked) => (asked > month + day ? Number(year) - 1 : Number(year));
}

type Peer = Pick<AccessEvent, "actor" | "src_endpoint" | "dst_endpoint" | "protocol">;

class OrthancLog {
  readonly #local: LocalTime;
  readonly #yearOf: YearOf;
  /** Who asked last: what follows in the log is most likely about that. */
  #last: { peer: Peer; operation: string } | undefined;

  constructor(local: LocalTime, yearOf: YearOf) {
    this.#local = local;
    this.#yearOf = yearOf;
  }

  line(line: string): RecordEvents | undefined {
    const match = linePattern.exec(line);
    if (!match) return undefined;
    const [, month, day, clock, milliseconds, text] = match as unknown as string[];
    const local = Date.parse(`${this.#yearOf(month! + day!)}-${month}-${day}T${clock}.${milliseconds}Z`);
    if (Number.isNaN(local)) return undefined;
    const time = new Date(this.#local.instant(local)).toISOString();
    const event = this.#event(text!);
    return event ? [{ time, ...event }] : [];
  }

  #event(text: string): Omit<AccessEvent, "time"> | undefined {
    let found = incoming.exec(text);
    if (found) return this.#request(found[1]!, peerOf(found[2]!, found[3]!, found[4]));
    found = released.exec(text);
    if (found)
      return { ...peerOf(found[1]!, found[2]!), activity: "release", operation: "A-RELEASE", status: "success" };
    found = rejected.exec(text);
    if (found) return refusal(peerOf(found[1]!, found[2]!));
    found = received.exec(text);
    if (found) this.#last = { peer: peerOf(found[1]!, found[2]!), operation: "A-ASSOCIATE" };
    found = wrongCalled.exec(text);
    if (found && this.#last) return refusal({ ...this.#last.peer, dst_endpoint: { ae_title: found[1]! } });
    found = http.exec(text);
    if (found) return this.#rest(found[1]!, found[2]!);
    return this.#about(text);
  }

  #request(kind: string, peer: Peer): Omit<AccessEvent, "time"> | undefined {
    const request = requests[kind];
    if (!request) return undefined;
    const [activity, operation] = request;
    this.#last = { peer, operation };
    return { ...peer, activity, operation, status: "success" };
  }

  #rest(method: string, path: string): Omit<AccessEvent, "time"> {
    const peer: Peer = { actor: { app: "REST" }, src_endpoint: {}, protocol: "api" };
    const { activity, operation } = restOperation(method, path);
    this.#last = { peer, operation };
    const resource = resourceOf(path);
    return { ...peer, activity, operation, status: "success", ...(resource ? { resources: [resource] } : {}) };
  }

  /** Lines that say more of the last request. */
  #about(text: string): Omit<AccessEvent, "time"> | undefined {
    if (!this.#last) return undefined;
    const { peer, operation } = this.#last;
    const overwritten = overwriting.exec(text);
    if (overwritten) {
      const resources: Resource[] = [{ level: "instance", sop_instance_uid: overwritten[1]! }];
      return { ...peer, activity: "update", operation, status: "success", resources };
    }
    if (!failed.test(text)) return undefined;
    const activity = Object.values(requests).find(([, name]) => name === operation)?.[0] ?? "admin";
    return { ...peer, activity, operation, status: "failure" };
  }
}

function peerOf(aeTitle: string, ip: string, called?: string): Peer {
  const title = aeTitle.trim();
  return {
    actor: { app: title },
    src_endpoint: { ip, ae_title: title },
    ...(called ? { dst_endpoint: { ae_title: called.trim() } } : {}),
    protocol: "dimse",
  };
}

function refusal(peer: Peer): Omit<AccessEvent, "time"> {
  return { ...peer, activity: "associate", operation: "A-ASSOCIATE", status: "denied" };
}

const levels: Record<string, Level> = {
  patients: "patient",
  studies: "study",
  series: "series",
  instances: "instance",
};

/** What a REST call does, by method and the last fixed word of its path; the operation holds no identifier. */
function restOperation(method: string, path: string): { activity: Activity; operation: string } {
  const words = path.split("?")[0]!.split("/").filter(Boolean);
  const [root = "", id, sub] = words;
  const onData = root in levels;
  const operation = `${method} /${onData ? [root, id && ":id", sub].filter(Boolean).join("/") : fixed(words)}`;
  return { activity: restActivity(method, root, onData ? sub : words.at(-1), id !== undefined), operation };
}

function restActivity(method: string, root: string, last: string | undefined, addressed: boolean): Activity {
  if (root in levels) {
    if (method === "DELETE") return "delete";
    if (method === "GET") return addressed ? "read" : "query";
    if (!addressed) return "create";
    return last === "modify" || last === "anonymize" || method === "PUT" ? "update" : "read"; // archive, media: jobs
  }
  if (root === "modalities" || root === "peers") {
    if (last === "store" || last === "move") return "export";
    if (last === "echo") return "echo";
    return method === "GET" || last === "query" || last === "find" ? "query" : "admin";
  }
  if (root === "tools" && (last === "find" || last === "lookup" || last === "count-resources")) return "query";
  if (root === "tools" && /^create-(archive|media)/.test(last ?? "")) return "export";
  return method === "GET" ? "query" : "admin";
}

/** At most two words: what follows may name anything. */
function fixed(words: readonly string[]): string {
  const [root = "", ...rest] = words;
  if (root === "modalities" || root === "peers") return [root, rest[0] && ":id", rest[1]].filter(Boolean).join("/");
  return root === "tools" ? [root, rest[0]].filter(Boolean).join("/") : root;
}

const idField = {
  patient: "patient_id",
  study: "study_uid",
  series: "series_uid",
  instance: "sop_instance_uid",
} as const satisfies Record<Level, keyof Resource>;

function resourceOf(path: string): Resource | undefined {
  const [root = "", id] = path.split("?")[0]!.split("/").filter(Boolean);
  const level = levels[root];
  return level && id ? { level, [idField[level]]: id } : undefined;
}
