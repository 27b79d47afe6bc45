/**
 * The actions of PS3.8 Tables 9-6 to 9-9, one function each; each returns the next state.
 * An action that the table pairs only with certain events may rely on what those events carry.
 */
import { type Abort, aborts } from "../pdu/index.ts";
import type { ActionPort, State, UpperLayerEvent } from "./port.ts";

type Of<N extends number> = Extract<UpperLayerEvent, { event: N }>;

/** AE-1 (PS3.8 Table 9-6): issue a transport connect request. */
export function AE1(port: ActionPort): State {
  port.connect();
  return 4;
}

/** AE-2 (Table 9-6): send A-ASSOCIATE-RQ. */
export function AE2(port: ActionPort): State {
  port.sendAssociateRequest();
  return 5;
}

/** AE-3 (Table 9-6): confirm the association, accepted. */
export function AE3(port: ActionPort, { accept }: Of<3>): State {
  port.associateConfirm(accept);
  return 6;
}

/** AE-4 (Table 9-6): confirm the association, rejected, and close the transport connection. */
export function AE4(port: ActionPort, { reject }: Of<4>): State {
  port.rejectConfirm(reject);
  port.closeTransport();
  return 1;
}

/** AE-5 (Table 9-6): accept the transport connection; start ARTIM. */
export function AE5(port: ActionPort): State {
  port.startArtim();
  return 2;
}

/** AE-6 (Table 9-6): stop ARTIM; indicate the association, or reject it when the provider cannot take it. */
export function AE6(port: ActionPort, { request }: Of<6>): State {
  port.stopArtim();
  const refusal = port.refusal(request);
  if (!refusal) {
    port.associateIndication(request);
    return 3;
  }
  port.sendAssociateReject(refusal);
  port.startArtim();
  return 13;
}

/** AE-7 (Table 9-6): send A-ASSOCIATE-AC. */
export function AE7(port: ActionPort, { accept }: Of<7>): State {
  port.sendAssociateAccept(accept);
  return 6;
}

/** AE-8 (Table 9-6): send A-ASSOCIATE-RJ; start ARTIM. */
export function AE8(port: ActionPort, { reject }: Of<8>): State {
  port.sendAssociateReject(reject);
  port.startArtim();
  return 13;
}

/** DT-1 (Table 9-7): send P-DATA-TF. */
export function DT1(port: ActionPort, { parts }: Of<9>): State {
  port.sendData(parts);
  return 6;
}

/** DT-2 (Table 9-7): indicate data. */
export function DT2(port: ActionPort): State {
  port.dataIndication();
  return 6;
}

/** AR-1 (Table 9-8): send A-RELEASE-RQ. */
export function AR1(port: ActionPort): State {
  port.sendReleaseRequest();
  return 7;
}

/** AR-2 (Table 9-8): indicate the release. */
export function AR2(port: ActionPort): State {
  port.releaseIndication();
  return 8;
}

/** AR-3 (Table 9-8): confirm the release and close the transport connection. */
export function AR3(port: ActionPort): State {
  port.releaseConfirm();
  port.closeTransport();
  return 1;
}

/** AR-4 (Table 9-8): send A-RELEASE-RP; start ARTIM. */
export function AR4(port: ActionPort): State {
  port.sendReleaseReply();
  port.startArtim();
  return 13;
}

/** AR-5 (Table 9-8): stop ARTIM. */
export function AR5(port: ActionPort): State {
  port.stopArtim();
  return 1;
}

/** AR-6 (Table 9-8): indicate data that was under way when the release was asked for. */
export function AR6(port: ActionPort): State {
  port.dataIndication();
  return 7;
}

/** AR-7 (Table 9-8): send P-DATA-TF before the release is answered. */
export function AR7(port: ActionPort, { parts }: Of<9>): State {
  port.sendData(parts);
  return 8;
}

/** AR-8 (Table 9-8): indicate the release; both sides asked at once. */
export function AR8(port: ActionPort): State {
  port.releaseIndication();
  return port.requestor ? 9 : 10;
}

/** AR-9 (Table 9-8): send A-RELEASE-RP. */
export function AR9(port: ActionPort): State {
  port.sendReleaseReply();
  return 11;
}

/** AR-10 (Table 9-8): confirm the release. */
export function AR10(port: ActionPort): State {
  port.releaseConfirm();
  return 12;
}

/** AA-1 (Table 9-9): send A-ABORT as service user; (re)start ARTIM. */
export function AA1(port: ActionPort, event: UpperLayerEvent): State {
  port.sendAbort(event.event === 15 ? event.abort : aborts.serviceUser);
  port.startArtim();
  return 13;
}

/** AA-2 (Table 9-9): stop ARTIM; close the transport connection. */
export function AA2(port: ActionPort): State {
  port.stopArtim();
  port.closeTransport();
  return 1;
}

/** AA-3 (Table 9-9): indicate the peer's abort; close the transport connection. */
export function AA3(port: ActionPort, { abort }: Of<16>): State {
  port.abortIndication(abort);
  port.closeTransport();
  return 1;
}

/** AA-4 (Table 9-9): indicate that the provider aborted: the transport connection is gone. */
export function AA4(port: ActionPort): State {
  port.abortIndication(aborts.notSpecified);
  return 1;
}

/** AA-5 (Table 9-9): stop ARTIM. */
export function AA5(port: ActionPort): State {
  port.stopArtim();
  return 1;
}

/** AA-6 (Table 9-9): ignore the PDU. */
export function AA6(): State {
  return 13;
}

/** AA-7 (Table 9-9): send A-ABORT. */
export function AA7(port: ActionPort, event: UpperLayerEvent): State {
  port.sendAbort(reasonOf(event));
  return 13;
}

/** AA-8 (Table 9-9): send A-ABORT as service provider, indicate A-P-ABORT, start ARTIM. */
export function AA8(port: ActionPort, event: UpperLayerEvent): State {
  const abort = reasonOf(event);
  port.sendAbort(abort);
  port.abortIndication(abort);
  port.startArtim();
  return 13;
}

/** An invalid PDU carries its reason; any other is one that the state does not expect. */
function reasonOf(event: UpperLayerEvent): Abort {
  return event.event === 19 ? event.abort : aborts.unexpectedPdu;
}
