import type { Abort, AssociateAccept, AssociateReject, AssociateRequest } from "../pdu/index.ts";

/** The user of the upper layer service (PS3.8 section 7): receives its indications and confirmations. */
export interface UpperLayerUser {
  /** The provider's own reason to refuse, before the user is asked. */
  refusal(request: AssociateRequest): AssociateReject | undefined;
  associateIndication(request: AssociateRequest): void;
  associateConfirm(accept: AssociateAccept): void;
  rejectConfirm(reject: AssociateReject): void;
  /**
   * Part of a message as it arrives; `last` ends the command or the data set. A promise is back-pressure on the
   * peer; throws `PduError` for a fragment that cannot be. The bytes are valid during the call only.
   */
  fragment(contextId: number, command: boolean, last: boolean, bytes: Uint8Array): Promise<void> | undefined;
  releaseIndication(): void;
  releaseConfirm(): void;
  /** A-ABORT and A-P-ABORT. */
  abortIndication(abort: Abort): void;
  /** Bytes have come in. */
  received(bytes: number): void;
  /** The transport connection is gone: the last call. */
  closed(error: Error | undefined): void;
}
