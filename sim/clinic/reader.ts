/** Lines to access events through the real parsers of src/sources; what they cannot read is counted. */
import type { AccessEvent } from "../../src/core/index.ts";
import { recordFormats } from "../../src/sources/index.ts";
import type { Source } from "./logs/body.ts";
import type { LogLine } from "./stream.ts";

const formatOf = { archive: "events", ois: "atna", cloud: "cloudtrail", ehr: "fhir-auditevent" } as const;

export class Reader {
  broken = 0;

  read({ source, text }: LogLine): AccessEvent[] {
    const events = recordFormats[formatOf[source]].events(recordOf(source, text));
    const sound = (events ?? []).filter((event) => event !== undefined);
    this.broken += events ? events.length - sound.length : 1;
    return sound;
  }
}

/** An audit message is cut out of its syslog frame, as `analyze` does it. */
function recordOf(source: Source, text: string): unknown {
  return source === "ois" ? text.slice(text.indexOf("<AuditMessage")) : JSON.parse(text);
}
