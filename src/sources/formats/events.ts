/** Our own access events, one JSON object a line (src/core/event.ts is the contract). */
import { type AccessEvent, type Activity, activities } from "../../core/index.ts";
import { isObject, objectAt, type RecordFormat, textAt, timeOf } from "./format.ts";

export const events: RecordFormat = {
  records: "json",
  events(record) {
    if (!isObject(record)) return undefined;
    const time = timeOf(record["time"]);
    const activity = textAt(record, "activity") as Activity | undefined;
    if (!time || !activity || !activities.includes(activity)) return undefined;
    const event = {
      status: "success",
      protocol: "internal",
      operation: activity,
      ...record,
      time,
      activity,
      actor: objectAt(record, "actor"),
      src_endpoint: objectAt(record, "src_endpoint"),
    };
    return [event as AccessEvent];
  },
};
