import type { Abort, AssociateReject } from "./types.ts";

const [permanent, transient] = [1, 2] as const;
const [serviceUser, acse, presentation] = [1, 2, 3] as const;

/** Why an association is refused: PS3.8 Table 9-21. */
export const rejections = {
  noReason: { result: permanent, source: serviceUser, reason: 1 },
  applicationContext: { result: permanent, source: serviceUser, reason: 2 },
  callingAeTitle: { result: permanent, source: serviceUser, reason: 3 },
  calledAeTitle: { result: permanent, source: serviceUser, reason: 7 },
  /** Also the answer to a refused user identity, PS3.7 D.3.3.7. */
  userIdentity: { result: permanent, source: acse, reason: 1 },
  protocolVersion: { result: permanent, source: acse, reason: 2 },
  localLimit: { result: transient, source: presentation, reason: 2 },
} as const satisfies Record<string, AssociateReject>;

const [byUser, byProvider] = [0, 2] as const;

/** Why an association is aborted: PS3.8 Table 9-26. */
export const aborts = {
  serviceUser: { source: byUser, reason: 0 },
  notSpecified: { source: byProvider, reason: 0 },
  unrecognizedPdu: { source: byProvider, reason: 1 },
  unexpectedPdu: { source: byProvider, reason: 2 },
  unrecognizedParameter: { source: byProvider, reason: 4 },
  unexpectedParameter: { source: byProvider, reason: 5 },
  invalidParameter: { source: byProvider, reason: 6 },
} as const satisfies Record<string, Abort>;

/** What is wrong with a received PDU, with the A-ABORT that answers it. */
export class PduError extends Error {
  readonly abort: Abort;
  constructor(abort: Abort, message: string) {
    super(message);
    this.name = "PduError";
    this.abort = abort;
  }
}

export const rejectText = (r: AssociateReject): string => `${r.result}/${r.source}/${r.reason}`;
