/** What every reading of a view has in common: whose it is, and the event that tells of it. */
import { type AccessEvent, rfc3339 } from "../core/index.ts";
import type { RequestContext } from "./types.ts";

/** What a caller says of the tenant counts for nothing: the view does. */
export function scopedTo(tenant: string | undefined, { tenant: _, ...context }: RequestContext): RequestContext {
  return tenant === undefined ? context : { ...context, tenant };
}

/** @param started ms since 1970, as `now` is: when it ended */
export function queryEvent(tenant: string | undefined, context: RequestContext, started: number, now: number) {
  return {
    time: rfc3339(started),
    activity: "query" as const,
    protocol: context.protocol,
    operation: context.operation,
    actor: context.actor,
    src_endpoint: context.src,
    ...(context.dst ? { dst_endpoint: context.dst } : {}),
    ...(tenant === undefined ? {} : { tenant }),
    duration: Math.max(0, now - started),
  } satisfies Partial<AccessEvent>;
}
