import { HoldfastError } from "../../../core/index.ts";
import {
  action,
  associate,
  type EventReport,
  type Outcome,
  sopClasses,
  statuses,
  storageCommitmentInstance,
} from "../../../dimse/index.ts";
import type { DimsePeer } from "../config.ts";
import type { ServiceHost } from "../host.ts";
import { identifierSyntaxes } from "../policy.ts";
import {
  type CommitmentRequest,
  type CommitmentResult,
  readReport,
  requestCommitmentAction,
  writeRequest,
} from "./data.ts";

interface Waiting {
  /** AE title of who was asked: nobody else answers for it. */
  aeTitle: string;
  resolve(result: CommitmentResult): void;
}

/** Storage Commitment asked of others: keeps track of which reports are awaited. */
export class CommitmentRequestor {
  readonly #service: ServiceHost;
  readonly #waiting = new Map<string, Waiting>();

  constructor(service: ServiceHost) {
    this.#service = service;
  }

  /**
   * Asks a peer to commit itself to what it holds; resolves with its report, which may come on the same association
   * or on one of the peer's. Rejects with `association/*`, `request/timeout`, or `request/invalid` when it refuses.
   */
  async request(peer: DimsePeer, request: CommitmentRequest, timeout: number): Promise<CommitmentResult> {
    const { environment } = this.#service;
    const association = await associate({
      ...this.#service.associateOptions(peer),
      contexts: [{ abstractSyntax: sopClasses.storageCommitment, transferSyntaxes: identifierSyntaxes }],
      handlers: { eventReport: async (report) => this.reported(report, peer.aeTitle) },
    });
    let cancel = (): void => {};
    const result = new Promise<CommitmentResult>((resolve, reject) => {
      this.#waiting.set(request.transactionUid, { aeTitle: peer.aeTitle, resolve });
      cancel = environment.timers.after(timeout, () => reject(new HoldfastError("request/timeout")));
    });
    try {
      const outcome = await action(association, {
        sopClassUid: sopClasses.storageCommitment,
        sopInstanceUid: storageCommitmentInstance,
        actionTypeId: requestCommitmentAction,
        information: writeRequest(request),
      });
      if (outcome.status !== statuses.success) throw refused(outcome);
      return await result;
    } finally {
      cancel();
      result.catch(() => {});
      this.#waiting.delete(request.transactionUid);
      await association.release().catch(() => {});
    }
  }

  /** N-EVENT-REPORT (PS3.4 J.3.3), over whichever association of the peer it comes. */
  reported(report: EventReport, aeTitle: string): Outcome {
    const result = readReport(report.information);
    if (!result) return { status: statuses.invalidArgumentValue };
    // One that nobody waits for any longer is taken, too: the peer has done its duty.
    const waiting = this.#waiting.get(result.transactionUid);
    if (waiting?.aeTitle === aeTitle) waiting.resolve(result);
    return { status: statuses.success };
  }
}

function refused(outcome: Outcome): HoldfastError {
  return new HoldfastError("request/invalid", `The peer answered with status ${outcome.status.toString(16)}.`);
}
