/** The access event of one store operation, whatever its end. */
import { type AccessEvent, type Activity, type ErrorCode, type Resource, rfc3339 } from "../../core/index.ts";
import type { Ingested } from "./ingest.ts";
import type { ObjectOpening } from "./protocol.ts";

const activityOf = { created: "create", updated: "update", duplicate: "duplicate" } as const satisfies Record<
  string,
  Activity
>;

function base(
  opening: ObjectOpening,
  now: number,
): Pick<
  AccessEvent,
  "time" | "protocol" | "operation" | "actor" | "src_endpoint" | "dst_endpoint" | "tenant" | "duration"
> {
  const { context, started } = opening;
  return {
    time: rfc3339(started),
    protocol: context.protocol,
    operation: context.operation,
    actor: context.actor,
    src_endpoint: context.src,
    ...(context.dst ? { dst_endpoint: context.dst } : {}),
    ...(context.tenant === undefined ? {} : { tenant: context.tenant }),
    duration: Math.max(0, now - started),
  };
}

export function storedEvent(
  opening: ObjectOpening,
  object: Ingested,
  outcome: keyof typeof activityOf,
  version: number,
  now: number,
): AccessEvent {
  return {
    ...base(opening, now),
    activity: activityOf[outcome],
    status: "success",
    resources: [resourceOf(object, version)],
    count: { objects: 1 },
    traffic: { bytes_in: object.dataSetSize },
    content: object.content,
    ...(object.treatment ? { treatment: object.treatment } : {}),
  };
}

export function refusedEvent(opening: ObjectOpening, code: ErrorCode, received: number, now: number): AccessEvent {
  const { hint } = opening;
  return {
    ...base(opening, now),
    activity: "create",
    status: "failure",
    status_detail: code,
    ...(hint.sopInstanceUid
      ? {
          resources: [
            {
              level: "instance",
              sop_instance_uid: hint.sopInstanceUid,
              ...(hint.sopClassUid ? { sop_class_uid: hint.sopClassUid } : {}),
            },
          ],
        }
      : {}),
    count: { failed: 1 },
    traffic: { bytes_in: received },
  };
}

/** Refused, yet kept aside: the event says what was kept, as that of a stored object does. */
export function quarantinedEvent(opening: ObjectOpening, object: Ingested, code: ErrorCode, now: number): AccessEvent {
  return {
    ...refusedEvent(opening, code, object.dataSetSize, now),
    resources: [resourceOf(object)],
    content: object.content,
  };
}

function resourceOf(object: Ingested, version?: number): Resource {
  const modality = object.attributes["00080060"]?.Value?.[0];
  return {
    level: "instance",
    patient_id: object.identity.patientId,
    study_uid: object.identity.studyUid,
    series_uid: object.identity.seriesUid,
    sop_instance_uid: object.sopInstanceUid,
    sop_class_uid: object.sopClassUid,
    ...(typeof modality === "string" ? { modality } : {}),
    ...(version === undefined ? {} : { version }),
  };
}
