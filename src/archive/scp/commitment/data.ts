import { DataSet, tagOf } from "../../../dicom/index.ts";
import type { EventReport } from "../../../dimse/index.ts";
import { sopClasses, storageCommitmentInstance } from "../../../dimse/index.ts";

/** Storage Commitment Push Model: PS3.4 Annex J. */
export const requestCommitmentAction = 1;
export const reportSuccess = 1;
export const reportFailures = 2;

export interface SopReference {
  sopClassUid: string;
  sopInstanceUid: string;
}

export interface FailedReference extends SopReference {
  /** Failure Reason (0008,1197), PS3.3 C.14.1.1. */
  reason: number;
}

export interface CommitmentRequest {
  transactionUid: string;
  references: SopReference[];
}

export interface CommitmentResult {
  transactionUid: string;
  committed: SopReference[];
  failed: FailedReference[];
}

const [transactionUidTag, referencedSopSequence, failedSopSequence, retrieveAeTitle, failureReason] = [
  tagOf("TransactionUID"),
  tagOf("ReferencedSOPSequence"),
  tagOf("FailedSOPSequence"),
  tagOf("RetrieveAETitle"),
  tagOf("FailureReason"),
];
const [referencedSopClassUid, referencedSopInstanceUid] = [
  tagOf("ReferencedSOPClassUID"),
  tagOf("ReferencedSOPInstanceUID"),
];

/** Action Information (PS3.4 Table J.3-1); nothing when it is not whole. */
export function readRequest(information: DataSet | undefined): CommitmentRequest | undefined {
  const transactionUid = information?.string(transactionUidTag);
  const references = information?.items(referencedSopSequence).map(referenceOf) ?? [];
  const whole = references.every(({ sopClassUid, sopInstanceUid }) => sopClassUid && sopInstanceUid);
  return transactionUid && references.length > 0 && whole ? { transactionUid, references } : undefined;
}

export function writeRequest({ transactionUid, references }: CommitmentRequest): DataSet {
  return new DataSet()
    .set(transactionUidTag, "UI", transactionUid)
    .set(referencedSopSequence, "SQ", references.map(itemOf));
}

/** The event that reports a result (PS3.4 Table J.3-2). */
export function reportOf(result: CommitmentResult, aeTitle: string): EventReport {
  const information = new DataSet()
    .set(retrieveAeTitle, "AE", aeTitle)
    .set(transactionUidTag, "UI", result.transactionUid);
  if (result.failed.length > 0) {
    const items = result.failed.map((failed) => itemOf(failed).set(failureReason, "US", failed.reason));
    information.set(failedSopSequence, "SQ", items);
  }
  if (result.committed.length > 0) information.set(referencedSopSequence, "SQ", result.committed.map(itemOf));
  return {
    sopClassUid: sopClasses.storageCommitment,
    sopInstanceUid: storageCommitmentInstance,
    eventTypeId: result.failed.length > 0 ? reportFailures : reportSuccess,
    information,
  };
}

/** Event Information of a report that came in; nothing when it names no transaction. */
export function readReport(information: DataSet | undefined): CommitmentResult | undefined {
  const transactionUid = information?.string(transactionUidTag);
  if (!information || !transactionUid) return undefined;
  return {
    transactionUid,
    committed: information.items(referencedSopSequence).map(referenceOf),
    failed: information.items(failedSopSequence).map((item) => ({
      ...referenceOf(item),
      reason: item.number(failureReason) ?? 0,
    })),
  };
}

function referenceOf(item: DataSet): SopReference {
  return {
    sopClassUid: item.string(referencedSopClassUid) ?? "",
    sopInstanceUid: item.string(referencedSopInstanceUid) ?? "",
  };
}

function itemOf({ sopClassUid, sopInstanceUid }: SopReference): DataSet {
  return new DataSet()
    .set(referencedSopClassUid, "UI", sopClassUid)
    .set(referencedSopInstanceUid, "UI", sopInstanceUid);
}
