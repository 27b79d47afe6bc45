import type { ByteSink } from "../../core/index.ts";
import { type MessageBody, type Outcome, outcomeOf, statuses } from "../message/index.ts";
import { discard } from "./bodies.ts";
import type { Call, Service } from "./call.ts";
import type { StoreRequest } from "./handlers.ts";

/** C-STORE as SCP: PS3.7 9.1.1, PS3.4 Annex B. The data set goes to the handler's sink as it arrives. */
export const storeService: Service = (call) => {
  const { store } = call.environment.handlers;
  const { hasDataSet, affectedSopInstanceUid } = call.command;
  if (!store) return discard(call, { status: statuses.unrecognizedOperation });
  if (!hasDataSet || !affectedSopInstanceUid) return discard(call, { status: statuses.unableToProcess });
  try {
    return new StoreBody(call, store.call(call.environment.handlers, requestOf(call, affectedSopInstanceUid), call));
  } catch (error) {
    return discard(call, outcomeOf(error, statuses.unableToProcess));
  }
};

function requestOf(call: Call, sopInstanceUid: string): StoreRequest {
  const { moveOriginatorAeTitle: aeTitle, moveOriginatorMessageId: messageId } = call.command;
  const request: StoreRequest = { sopClassUid: call.abstractSyntax, sopInstanceUid };
  if (aeTitle) request.moveOriginator = { aeTitle, messageId: messageId ?? 0 };
  return request;
}

class StoreBody implements MessageBody {
  readonly #call: Call;
  readonly #sink: ByteSink<Outcome>;
  #failure: Outcome | undefined;

  constructor(call: Call, sink: ByteSink<Outcome>) {
    this.#call = call;
    this.#sink = sink;
  }

  /** After a failure the rest of the data set is read and dropped: only then may the response be sent. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#failure) return undefined;
    try {
      return this.#sink.write(bytes)?.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  end(): undefined {
    this.#call.run(async () => {
      const outcome = this.#failure ?? (await this.#sink.end());
      const { affectedSopInstanceUid } = this.#call.command;
      await this.#call.finish(outcome, { affectedSopInstanceUid });
    }, statuses.unableToProcess);
  }

  abort(reason: unknown): void {
    if (!this.#failure) this.#sink.abort(reason);
    this.#call.run(() => Promise.reject(reason));
  }

  #fail(error: unknown): void {
    this.#failure = outcomeOf(error, statuses.unableToProcess);
    this.#sink.abort(error);
  }
}
