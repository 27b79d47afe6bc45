import {
  type ActionOutcome,
  type ActionRequest,
  associate,
  type EventReport,
  eventReport,
  type Operation,
  type Outcome,
  StatusError,
  sopClasses,
  statuses,
} from "../../../dimse/index.ts";
import type { Archive, InstanceRef } from "../../types.ts";
import type { DimsePeer } from "../config.ts";
import { contextOf } from "../context.ts";
import { eventOf } from "../events.ts";
import type { ServiceHost } from "../host.ts";
import { identifierSyntaxes } from "../policy.ts";
import {
  type CommitmentRequest,
  type CommitmentResult,
  type FailedReference,
  readRequest,
  reportOf,
  requestCommitmentAction,
  type SopReference,
} from "./data.ts";

type Report = (event: EventReport) => Promise<Outcome>;

/** N-ACTION of Storage Commitment (PS3.4 J.3.2): verified at once, reported after the response. */
export async function commit(
  service: ServiceHost,
  request: ActionRequest,
  operation: Operation,
): Promise<ActionOutcome> {
  const asked = service.permit("commit", operation, () => checkedRequest(request));
  const started = service.clock();
  const result = await verify(service.archiveOf(operation), asked);
  recordCommitment(service, operation, result, started);
  return {
    status: statuses.success,
    afterwards: (report) => deliver(service, reportOf(result, service.config.aeTitle), operation, report),
  };
}

function checkedRequest(request: ActionRequest): CommitmentRequest {
  if (request.actionTypeId !== requestCommitmentAction) {
    throw new StatusError(statuses.noSuchAction, "request/unsupported");
  }
  const asked = readRequest(request.information);
  if (!asked) throw new StatusError(statuses.invalidArgumentValue, "request/invalid");
  return asked;
}

/** Each instance is looked up anew: what counts is that it is there now, as that SOP class. */
async function verify(archive: Archive, { transactionUid, references }: CommitmentRequest): Promise<CommitmentResult> {
  const committed: SopReference[] = [];
  const failed: FailedReference[] = [];
  for (const reference of references) {
    const reason = await failureOf(archive, reference);
    if (reason === undefined) committed.push(reference);
    else failed.push({ ...reference, reason });
  }
  return { transactionUid, committed, failed };
}

async function failureOf(archive: Archive, reference: SopReference): Promise<number | undefined> {
  const [ref] = await archive.resolve({ sopInstanceUid: [reference.sopInstanceUid] });
  if (!ref) return statuses.noSuchInstance;
  if (ref.sopClassUid !== reference.sopClassUid) return statuses.classInstanceConflict;
  return isHere(archive, ref) ? undefined : statuses.resourceLimitation;
}

/** What a restore has yet to bring is not safe here. */
function isHere(archive: Archive, ref: InstanceRef): boolean {
  try {
    archive.assertHere([ref]);
    return true;
  } catch {
    return false;
  }
}

function recordCommitment(service: ServiceHost, operation: Operation, result: CommitmentResult, started: number): void {
  const { committed, failed } = result;
  const status = failed.length === 0 ? "success" : committed.length > 0 ? "partial" : "failure";
  service.archive.record({
    ...eventOf(contextOf(operation.association, "N-ACTION"), "commit", started, service.clock()),
    status,
    count: { objects: committed.length, failed: failed.length },
    metadata: { correlation_uid: result.transactionUid },
  });
}

/**
 * Over the requestor's own association if it stays open beyond a moment's grace, since many release at once;
 * else over associations of ours, again and again with growing waits.
 */
async function deliver(service: ServiceHost, event: EventReport, operation: Operation, report: Report): Promise<void> {
  const { grace, retries } = service.commitmentTimes;
  await service.wait(grace);
  if (await accepted(report(event))) return;
  const peer = service.peer(operation.association.callingAeTitle);
  if (!peer) return;
  for (const wait of retries) {
    await service.wait(wait);
    if (service.closing || (await accepted(reportTo(service, peer, event)))) return;
  }
}

const accepted = (outcome: Promise<Outcome>): Promise<boolean> =>
  outcome.then(
    ({ status }) => status === statuses.success,
    () => false,
  );

/** We are the SCP although we ask for the association (PS3.4 J.3.3): role selection says so. */
async function reportTo(service: ServiceHost, peer: DimsePeer, event: EventReport): Promise<Outcome> {
  const association = await associate({
    ...service.associateOptions(peer),
    contexts: [{ abstractSyntax: sopClasses.storageCommitment, transferSyntaxes: identifierSyntaxes }],
    roles: [{ sopClassUid: sopClasses.storageCommitment, scu: false, scp: true }],
  });
  try {
    return await eventReport(association, event);
  } finally {
    await association.release().catch(() => {});
  }
}
