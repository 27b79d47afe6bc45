import { type AccessEvent, type ErrorCode, rfc3339 } from "../../core/index.ts";
import { type Outcome, statuses } from "../../dimse/index.ts";
import type { RequestContext } from "../types.ts";

/** What all access events of DIMSE have in common. */
export function eventOf(
  context: RequestContext,
  activity: AccessEvent["activity"],
  started: number,
  ended: number,
): AccessEvent {
  return {
    time: rfc3339(started),
    activity,
    status: "success",
    protocol: context.protocol,
    operation: context.operation,
    actor: context.actor,
    src_endpoint: context.src,
    ...(context.dst && { dst_endpoint: context.dst }),
    ...(context.tenant !== undefined && { tenant: context.tenant }),
    duration: Math.max(0, ended - started),
  };
}

/** Status of an event from that of the operation, whose four hex digits go along. */
export function statusOf(outcome: Outcome): Pick<AccessEvent, "status" | "status_code" | "status_detail"> {
  return {
    status: eventStatus(outcome.status),
    status_code: hex(outcome.status),
    ...(outcome.code && { status_detail: outcome.code satisfies ErrorCode }),
  };
}

function eventStatus(status: number): AccessEvent["status"] {
  if (status === statuses.success) return "success";
  if (status === statuses.notAuthorized) return "denied";
  return status === statuses.cancel || status === statuses.subOperationsFailed ? "partial" : "failure";
}

const hex = (status: number): string => status.toString(16).toUpperCase().padStart(4, "0");
