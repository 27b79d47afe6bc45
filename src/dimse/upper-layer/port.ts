import type { Abort, AssociateAccept, AssociateReject, AssociateRequest } from "../pdu/index.ts";

/** States of the upper layer protocol machine: PS3.8 Tables 9-1 to 9-5. */
export const states = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13] as const;
export type State = (typeof states)[number];

/** Events of PS3.8 Table 9-10 with what comes with them. */
export type UpperLayerEvent =
  | { event: 1 } // A-ASSOCIATE request (local user)
  | { event: 2 } // transport connection confirmed
  | { event: 3; accept: AssociateAccept } // A-ASSOCIATE-AC PDU
  | { event: 4; reject: AssociateReject } // A-ASSOCIATE-RJ PDU
  | { event: 5 } // transport connection indication
  | { event: 6; request: AssociateRequest } // A-ASSOCIATE-RQ PDU
  | { event: 7; accept: AssociateAccept } // A-ASSOCIATE response: accept
  | { event: 8; reject: AssociateReject } // A-ASSOCIATE response: reject
  | { event: 9; parts: Uint8Array[] } // P-DATA request
  | { event: 10 } // P-DATA-TF PDU (its header; the values follow as a stream)
  | { event: 11 } // A-RELEASE request
  | { event: 12 } // A-RELEASE-RQ PDU
  | { event: 13 } // A-RELEASE-RP PDU
  | { event: 14 } // A-RELEASE response
  | { event: 15; abort: Abort } // A-ABORT request
  | { event: 16; abort: Abort } // A-ABORT PDU
  | { event: 17 } // transport connection closed
  | { event: 18 } // ARTIM timer expired
  | { event: 19; abort: Abort }; // unrecognised or invalid PDU

export type EventNumber = UpperLayerEvent["event"];
export const events = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19] as const;

/** What the actions of the machine do to the world: transport, ARTIM timer, and the primitives for the local user. */
export interface ActionPort {
  /** Whether this side asked for the association. */
  readonly requestor: boolean;
  connect(): void;
  sendAssociateRequest(): void;
  sendAssociateAccept(accept: AssociateAccept): void;
  sendAssociateReject(reject: AssociateReject): void;
  sendData(parts: Uint8Array[]): void;
  sendReleaseRequest(): void;
  sendReleaseReply(): void;
  sendAbort(abort: Abort): void;
  closeTransport(): void;
  startArtim(): void;
  stopArtim(): void;
  /** The provider's own reason to refuse, e.g. the protocol version. */
  refusal(request: AssociateRequest): AssociateReject | undefined;
  associateIndication(request: AssociateRequest): void;
  associateConfirm(accept: AssociateAccept): void;
  rejectConfirm(reject: AssociateReject): void;
  dataIndication(): void;
  releaseIndication(): void;
  releaseConfirm(): void;
  /** A-ABORT when the peer's user asked, else A-P-ABORT. */
  abortIndication(abort: Abort): void;
}
