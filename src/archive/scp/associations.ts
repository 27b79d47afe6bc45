import type { ErrorCode } from "../../core/index.ts";
import {
  type AssociateReject,
  type Association,
  type AssociationRequest,
  rejections,
  rejectText,
} from "../../dimse/index.ts";
import type { Principal } from "../../gate/index.ts";
import { contextOf, contextOfRefused } from "./context.ts";
import { eventOf } from "./events.ts";
import type { ServiceHost } from "./host.ts";

/** One present association, for the status page. */
export interface LiveAssociation {
  id: string;
  callingAeTitle: string;
  calledAeTitle: string;
  /** Of the principal behind it. */
  tenant?: string;
  address: string;
  port: number;
  tls: boolean;
  /** ms since 1970. */
  since: number;
  operations: number;
  bytesIn: number;
  bytesOut: number;
}

export function liveOf({ info, totals }: Association): LiveAssociation {
  return {
    id: info.id,
    callingAeTitle: info.callingAeTitle,
    calledAeTitle: info.calledAeTitle,
    ...tenantOf(info.principal as Partial<Principal> | undefined),
    address: info.peer.address,
    port: info.peer.port,
    tls: info.peer.tls !== undefined,
    since: info.openedAt,
    ...totals,
  };
}

const tenantOf = ({ tenant }: Partial<Principal> = {}) => (tenant === undefined ? {} : { tenant });

export function recordOpened(service: ServiceHost, { info }: Association): void {
  service.figures.opened.add({});
  const context = contextOf(info, "A-ASSOCIATE");
  service.archive.record(eventOf(context, "associate", info.openedAt, info.openedAt));
}

export function recordRefused(service: ServiceHost, request: AssociationRequest, reject: AssociateReject): void {
  const now = service.clock();
  const refusal = service.refusalCodes.get(request.request);
  const code = refusal ?? codeOf(reject);
  service.figures.rejected.add({ code });
  service.archive.record({
    ...eventOf(contextOfRefused(request, refusal !== undefined && !unproved.has(refusal)), "associate", now, now),
    status: "denied",
    status_code: rejectText(reject),
    status_detail: code,
  });
}

/** Refusals that say that the title is not, or not known to be, the caller's own. */
const unproved: ReadonlySet<ErrorCode> = new Set(["gate/spoofed", "gate/unknown-peer"]);

const codeOf = (reject: AssociateReject): ErrorCode =>
  reject.result === rejections.localLimit.result ? "association/limit" : "association/rejected";

/** The end of an association with its totals. */
export function recordClosed(service: ServiceHost, { info, totals, ending }: Association): void {
  const released = ending?.kind === "released";
  service.archive.record({
    ...eventOf(contextOf(info, released ? "A-RELEASE" : "A-ABORT"), "release", info.openedAt, service.clock()),
    ...(!released && { status: "failure", status_detail: "association/aborted" }),
    count: { operations: totals.operations },
    traffic: { bytes_in: totals.bytesIn, bytes_out: totals.bytesOut },
  });
}
