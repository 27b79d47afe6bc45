import { DataSet } from "../../dicom/index.ts";
import { isWarning, type Outcome, outcomeOf, StatusError, statuses } from "../message/index.ts";
import { tags } from "../tags.ts";
import type { Call } from "./call.ts";
import type { Retrieval, RetrievalTotals } from "./handlers.ts";
import { encode } from "./identifier.ts";
import type { RetrievedItem } from "./retrieved-item.ts";

/** Does one C-STORE sub-operation; rejects when that one failed. */
export type SubOperation = (item: RetrievedItem) => Promise<Outcome>;

/** Pending responses per retrieval: about this many, however large it is ... */
const progressSteps = 100;
/** ... and one at least every so many ms, so that the peer's patience is renewed. */
const heartbeat = 2_000;

/**
 * The sub-operations of a C-MOVE or C-GET, one after the other, and the responses about them: PS3.4 C.4.2, C.4.3. An item
 * that is refused by a status of its own (`StatusError`) ends the whole with that status: what is left counts as failed.
 */
export async function retrieve(call: Call, retrieval: Retrieval, perform: SubOperation): Promise<void> {
  const progress = new Progress(call, retrieval.items.length);
  const stopHeartbeat = progress.beat();
  let refused: StatusError | undefined;
  try {
    for (const item of retrieval.items) {
      if (call.signal.aborted) break;
      if (refused) {
        progress.count(item, refused.status);
        continue;
      }
      await perform(item).then(
        (outcome) => progress.count(item, outcome.status),
        (error: unknown) => {
          progress.count(item, statuses.processingFailure);
          if (error instanceof StatusError) refused = error;
        },
      );
      if (!refused) await progress.report();
    }
  } finally {
    stopHeartbeat();
    retrieval.finished?.(progress.totals(call.signal.aborted));
  }
  await progress.finish(refused && outcomeOf(refused, statuses.processingFailure));
}

class Progress {
  readonly #call: Call;
  readonly #total: number;
  readonly #failed: string[] = [];
  #completed = 0;
  #warning = 0;
  #bytes = 0;

  constructor(call: Call, total: number) {
    this.#call = call;
    this.#total = total;
  }

  get #remaining(): number {
    return this.#total - this.#completed - this.#warning - this.#failed.length;
  }

  count(item: RetrievedItem, status: number): void {
    if (status === statuses.success) this.#completed++;
    else if (isWarning(status)) this.#warning++;
    else this.#failed.push(item.sopInstanceUid);
    if (status === statuses.success || isWarning(status)) this.#bytes += item.size;
  }

  totals(cancelled: boolean): RetrievalTotals {
    return {
      completed: this.#completed,
      failed: this.#failed.length,
      warning: this.#warning,
      bytes: this.#bytes,
      cancelled,
    };
  }

  async report(): Promise<void> {
    const remaining = this.#remaining;
    const step = Math.ceil(this.#total / progressSteps);
    if (remaining > 0 && remaining % step === 0) await this.#pending();
  }

  beat(): () => void {
    const { timers } = this.#call.environment.environment;
    let cancel = (): void => {};
    const arm = (): void => {
      cancel = timers.after(heartbeat, () => {
        // When it cannot be sent the association is gone, which the sub-operations notice, too.
        this.#pending().catch(() => {});
        arm();
      });
    };
    arm();
    return () => cancel();
  }

  /** @param refused why it ended before its end */
  async finish(refused?: Outcome): Promise<void> {
    const cancelled = this.#call.signal.aborted;
    const outcome = cancelled ? { status: statuses.cancel } : (refused ?? { status: this.#status() });
    const failed = this.#failed.length === 0 ? undefined : this.#failedList();
    const counts = cancelled ? { ...this.#counts(), remaining: this.#remaining } : this.#counts();
    await this.#call.finish(outcome, counts, failed);
  }

  #status(): number {
    if (this.#failed.length === 0 && this.#warning === 0) return statuses.success;
    const allFailed = this.#failed.length === this.#total;
    return allFailed ? statuses.unableToPerformSubOperations : statuses.subOperationsFailed;
  }

  #pending(): Promise<void> {
    return this.#call.respond({ status: statuses.pending, ...this.#counts(), remaining: this.#remaining });
  }

  #counts(): { completed: number; failed: number; warning: number } {
    const most = 0xffff;
    return {
      completed: Math.min(this.#completed, most),
      failed: Math.min(this.#failed.length, most),
      warning: Math.min(this.#warning, most),
    };
  }

  #failedList(): Uint8Array {
    const list = new DataSet().set(tags.failedSopInstanceUidList, "UI", this.#failed);
    return encode(this.#call, list);
  }
}
