import { codeOf, type ErrorCode, HoldfastError } from "../../core/index.ts";

/** Status values of PS3.7 Annex C and of the services in PS3.4. */
export const statuses = {
  success: 0x0000,
  cancel: 0xfe00,
  pending: 0xff00,
  /** C-FIND: some optional keys were not used for matching. */
  pendingWarning: 0xff01,
  // PS3.7 Annex C
  processingFailure: 0x0110,
  noSuchInstance: 0x0112,
  invalidArgumentValue: 0x0115,
  noSuchSopClass: 0x0118,
  classInstanceConflict: 0x0119,
  sopClassNotSupported: 0x0122,
  noSuchAction: 0x0123,
  notAuthorized: 0x0124,
  duplicateInvocation: 0x0210,
  unrecognizedOperation: 0x0211,
  noSuchEventType: 0x0113,
  resourceLimitation: 0x0213,
  // PS3.4 Annexes B and C
  outOfResources: 0xa700,
  unableToCalculateMatches: 0xa701,
  unableToPerformSubOperations: 0xa702,
  moveDestinationUnknown: 0xa801,
  identifierDoesNotMatchSopClass: 0xa900,
  subOperationsFailed: 0xb000,
  unableToProcess: 0xc000,
} as const;

export const isPending = (status: number): boolean => (status & 0xfffe) === statuses.pending;

/** Warnings let an operation count as done: PS3.7 C.3, B000–BFFF, 0001, 0107 and 0116. */
export function isWarning(status: number): boolean {
  return (status & 0xf000) === 0xb000 || status === 0x0001 || status === 0x0107 || status === 0x0116;
}

/** The classes of PS3.7 Annex C. */
export type StatusClass = "success" | "pending" | "warning" | "cancel" | "failure";

export function statusClassOf(status: number): StatusClass {
  if (status === statuses.success) return "success";
  if (status === statuses.cancel) return "cancel";
  if (isPending(status)) return "pending";
  return isWarning(status) ? "warning" : "failure";
}

/** The outcome of one DIMSE operation. `comment` (0000,0902) holds no patient data; it is cut to 64 characters. */
export interface Outcome {
  status: number;
  comment?: string;
  /** Stable code for the access event. */
  code?: ErrorCode;
}

/** Ends an operation with a status of its own choice. */
export class StatusError extends HoldfastError {
  readonly status: number;
  /** For the peer in place of the message. */
  readonly comment: string | undefined;
  constructor(status: number, code: ErrorCode, detail?: string, options?: ErrorOptions & { comment?: string }) {
    super(code, detail, options);
    this.name = "StatusError";
    this.status = status;
    this.comment = options?.comment;
  }
}

/** The outcome for anything thrown. What is not a `StatusError` gets `otherwise`, without its message. */
export function outcomeOf(error: unknown, otherwise: number): Outcome {
  const code = codeOf(error);
  if (error instanceof StatusError) return { status: error.status, comment: error.comment ?? error.message, code };
  if (code === "request/cancelled") return { status: statuses.cancel, code };
  if (code === "request/denied") return { status: statuses.notAuthorized, code };
  return { status: otherwise, code };
}
