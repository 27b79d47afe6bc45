import { readAssociateAccept, readAssociateRequest } from "./associate.ts";
import { pdu } from "./bytes.ts";
import { aborts, PduError } from "./reasons.ts";
import { type Abort, type AssociateReject, type ControlPdu, pduTypes } from "./types.ts";

/** Decodes the body of any PDU but P-DATA-TF; throws {@link PduError}. */
export function readControlPdu(type: number, body: Buffer): ControlPdu {
  switch (type) {
    case pduTypes.associateRequest:
      return { type: "associate-request", request: readAssociateRequest(body) };
    case pduTypes.associateAccept:
      return { type: "associate-accept", accept: readAssociateAccept(body) };
    case pduTypes.associateReject:
      return { type: "associate-reject", reject: { result: body[1]!, source: body[2]!, reason: body[3]! } };
    case pduTypes.releaseRequest:
      return { type: "release-request" };
    case pduTypes.releaseReply:
      return { type: "release-reply" };
    case pduTypes.abort:
      return { type: "abort", abort: { source: body[2]!, reason: body[3]! } };
    default:
      throw new PduError(aborts.unrecognizedPdu, "the PDU type is not known");
  }
}

/** Bodies of fixed length: PS3.8 9.3.4 and 9.3.6 to 9.3.8. */
export const fixedBodyLength = 4;

export function hasFixedBody(type: number): boolean {
  return type === pduTypes.associateReject || (type >= pduTypes.releaseRequest && type <= pduTypes.abort);
}

/** A-ASSOCIATE-RJ, PS3.8 9.3.4. */
export function writeReject(reject: AssociateReject): Buffer {
  return pdu(pduTypes.associateReject, Buffer.from([0, reject.result, reject.source, reject.reason]));
}

/** A-RELEASE-RQ, PS3.8 9.3.6. */
export const writeReleaseRequest = (): Buffer => pdu(pduTypes.releaseRequest, Buffer.alloc(fixedBodyLength));

/** A-RELEASE-RP, PS3.8 9.3.7. */
export const writeReleaseReply = (): Buffer => pdu(pduTypes.releaseReply, Buffer.alloc(fixedBodyLength));

/** A-ABORT, PS3.8 9.3.8. */
export function writeAbort(abort: Abort): Buffer {
  return pdu(pduTypes.abort, Buffer.from([0, 0, abort.source, abort.reason]));
}
