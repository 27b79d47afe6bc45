import { HoldfastError } from "../../core/index.ts";
import type { AcceptedContext, AssociationInfo } from "../association/info.ts";
import {
  type Command,
  type DataSetSource,
  type MessageBody,
  type Outcome,
  outcomeOf,
  statuses,
} from "../message/index.ts";
import type { Operation } from "./handlers.ts";
import type { ServiceEnvironment } from "./port.ts";

/** A response's Command Field is its request's with the high bit set (PS3.7 Annex E.1). */
const responseBit = 0x8000;
const commentLength = 64;

/** One request of the peer, from its command to its final response. */
export class Call implements Operation {
  readonly environment: ServiceEnvironment;
  readonly context: AcceptedContext;
  readonly command: Command;
  /** Resolves when the operation is over. */
  readonly done: Promise<void>;
  readonly #controller = new AbortController();
  #settle!: () => void;

  constructor(environment: ServiceEnvironment, context: AcceptedContext, command: Command) {
    this.environment = environment;
    this.context = context;
    this.command = command;
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get association(): AssociationInfo {
    return this.environment.association.info;
  }
  get messageId(): number {
    return this.command.messageId ?? 0;
  }
  get abstractSyntax(): string {
    return this.context.abstractSyntax;
  }
  get transferSyntax(): string {
    return this.context.transferSyntax;
  }
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** C-CANCEL-RQ, PS3.7 9.3.2.3. */
  cancel(): void {
    this.#controller.abort(new HoldfastError("request/cancelled"));
  }

  /** The association is over. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Does the work of the service and ends the operation; what it throws becomes the final response. */
  run(work: () => Promise<void>, otherwise: number = statuses.processingFailure): void {
    work()
      .catch((error: unknown) => this.finish(outcomeOf(error, otherwise)))
      // The association is gone, so nobody waits for the response.
      .catch(() => {})
      .finally(this.#settle);
  }

  /** Ends the operation with an outcome that is known at once. */
  refuse(outcome: Outcome): void {
    this.run(() => this.finish(outcome));
  }

  respond(fields: Partial<Command> & { status: number }, dataSet?: DataSetSource): Promise<void> {
    const { commandField, affectedSopClassUid, requestedSopClassUid } = this.command;
    const response: Command = {
      affectedSopClassUid: affectedSopClassUid ?? requestedSopClassUid,
      commandField: commandField | responseBit,
      messageIdBeingRespondedTo: this.messageId,
      hasDataSet: dataSet !== undefined,
      ...fields,
    };
    return this.environment.association.send(this.context.id, response, dataSet);
  }

  finish(outcome: Outcome, fields: Partial<Command> = {}, dataSet?: DataSetSource): Promise<void> {
    this.environment.answered?.(this.command.commandField, outcome.status);
    const comment = outcome.status === statuses.success ? undefined : outcome.comment?.slice(0, commentLength);
    return this.respond({ ...fields, status: outcome.status, errorComment: comment }, dataSet);
  }
}

/** Begins one service; returns where the data set of the request goes, when it has one. */
export type Service = (call: Call) => MessageBody | undefined;
