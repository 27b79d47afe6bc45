import { HoldfastError } from "../../core/index.ts";
import type { Environment } from "../environment.ts";
import {
  type Command,
  type DataSetSource,
  isPending,
  isResponse,
  type MessageBody,
  MessageReader,
  MessageWriter,
} from "../message/index.ts";
import { type Abort, aborts, PduError } from "../pdu/index.ts";
import { Dispatcher, type Services } from "../scp/dispatcher.ts";
import type { ServiceHandlers } from "../scp/handlers.ts";
import type { Answered } from "../scp/port.ts";
import type { UpperLayer } from "../upper-layer/index.ts";
import { Exchange, GatheredBody } from "./exchange.ts";
import type { AcceptedContext, AssociationInfo, Ending, MessageLimits, Timeouts } from "./info.ts";
import { Watchdog } from "./watchdog.ts";

export interface AssociationOptions {
  environment: Environment;
  timeouts: Timeouts;
  limits: MessageLimits;
  services: Services;
  handlers: ServiceHandlers;
  answered?: Answered;
}

/** What has gone over an association so far. */
export interface AssociationTotals {
  operations: number;
  bytesIn: number;
  bytesOut: number;
}

/**
 * One established association, the same for both sides: requests of the peer go to the handlers, one after the
 * other; our requests get their responses through an {@link Exchange}.
 */
export class Association {
  readonly info: AssociationInfo;
  readonly totals: AssociationTotals = { operations: 0, bytesIn: 0, bytesOut: 0 };
  /** Resolves when the association is over and its transport connection closed. */
  readonly closed: Promise<Ending>;
  readonly #layer: UpperLayer;
  readonly #reader: MessageReader;
  readonly #writer: MessageWriter;
  readonly #dispatcher: Dispatcher;
  readonly #watchdog: Watchdog;
  readonly #limits: MessageLimits;
  readonly #exchanges = new Map<number, Exchange>();
  #settle!: (ending: Ending) => void;
  #ending: Ending | undefined;
  #releasing: (() => void) | undefined;
  #draining = false;
  #lastMessageId = 0;

  constructor(layer: UpperLayer, info: AssociationInfo, options: AssociationOptions) {
    this.#layer = layer;
    this.info = info;
    this.#limits = options.limits;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#reader = new MessageReader((id, command) => this.#begin(id, command), options.limits.command);
    this.#writer = new MessageWriter(
      { send: (parts) => this.#sendData(parts), broken: () => this.abort() },
      info.maximumLength,
    );
    this.#dispatcher = new Dispatcher(options.services, { association: this, ...options }, () =>
      this.#operationEnded(),
    );
    this.#watchdog = new Watchdog(
      options.environment,
      options.timeouts,
      () => this.#waiting(),
      () => this.#timedOut(),
    );
  }

  /** The first agreed context for an abstract syntax, with a certain transfer syntax if given. */
  context(abstractSyntax: string, transferSyntax?: string): AcceptedContext | undefined {
    for (const context of this.info.contexts.values()) {
      if (context.abstractSyntax !== abstractSyntax) continue;
      if (transferSyntax === undefined || context.transferSyntax === transferSyntax) return context;
    }
    return undefined;
  }

  get over(): boolean {
    return this.#ending !== undefined;
  }

  /** How it ended; nothing while it goes on. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Sends a request of ours; the responses come through the exchange. */
  request(contextId: number, command: Omit<Command, "messageId">, dataSet?: DataSetSource): Exchange {
    const exchange = new Exchange(this.#nextMessageId(), contextId);
    if (this.#ending) {
      exchange.fail(this.#lostError());
      return exchange;
    }
    this.#exchanges.set(exchange.messageId, exchange);
    this.#watchdog.touch();
    this.send(contextId, { ...command, messageId: exchange.messageId }, dataSet).catch((error: unknown) => {
      this.#exchanges.delete(exchange.messageId);
      exchange.fail(error);
    });
    return exchange;
  }

  /** Sends any message; resolves when the transport has taken it. */
  async send(contextId: number, command: Command, dataSet?: DataSetSource): Promise<void> {
    if (this.#ending) throw this.#lostError();
    await this.#writer.write(contextId, command, dataSet);
    this.#watchdog.touch();
  }

  /** A-RELEASE: resolves when the association is over. */
  async release(): Promise<void> {
    if (!this.#ending) {
      const confirmed = new Promise<void>((resolve) => {
        this.#releasing = resolve;
      });
      this.#watchdog.touch();
      this.#layer.release();
      await confirmed;
    }
    await this.closed;
  }

  /** A-ABORT; of no effect when the association is over. */
  abort(abort: Abort = aborts.serviceUser): void {
    this.#end({ kind: "aborted", by: "us", ...abort });
    this.#layer.abort(abort);
  }

  /** Ends as soon as nothing is under way. */
  drain(): void {
    this.#draining = true;
    if (!this.#dispatcher.busy && !this.#reader.midway && this.#exchanges.size === 0) this.abort();
  }

  /** Drops the transport connection without a word. */
  destroy(): void {
    this.#layer.destroy();
  }

  // What the upper layer tells

  fragment(contextId: number, command: boolean, last: boolean, bytes: Uint8Array): Promise<void> | undefined {
    if (!this.info.contexts.has(contextId)) {
      throw new PduError(aborts.invalidParameter, "a presentation data value names a context that was not agreed");
    }
    return this.#reader.fragment(contextId, command, last, bytes);
  }

  received(bytes: number): void {
    this.totals.bytesIn += bytes;
    this.#watchdog.received(bytes);
  }

  /**
   * Running operations are cancelled: the peer does not wait for their answers. When both sides asked at once, the
   * acceptor answers only after the requestor has (PS3.8 7.2.2.4).
   */
  releaseIndication(): void {
    this.#end({ kind: "released" });
    if (this.#layer.state !== 10) this.#layer.releaseReply();
  }

  releaseConfirm(): void {
    this.#end({ kind: "released" });
    if (this.#layer.state === 12) this.#layer.releaseReply();
  }

  abortIndication(abort: Abort): void {
    this.#end({ kind: "aborted", by: "peer", ...abort });
  }

  transportClosed(): void {
    this.#end({ kind: "lost" });
    this.#watchdog.stop();
    this.#settle(this.#ending!);
  }

  // Messages

  #begin(contextId: number, command: Command): MessageBody | undefined | Promise<MessageBody | undefined> {
    this.#watchdog.touch();
    const context = this.info.contexts.get(contextId)!;
    return isResponse(command.commandField) ? this.#response(command) : this.#dispatcher.begin(context, command);
  }

  #response(command: Command): MessageBody | undefined | Promise<undefined> {
    const exchange = this.#exchanges.get(command.messageIdBeingRespondedTo ?? -1);
    if (!exchange) throw new PduError(aborts.unexpectedParameter, "a response answers no request");
    const deliver = (dataSet?: Buffer): Promise<void> | undefined => {
      if (!isPending(command.status ?? 0)) this.#exchanges.delete(exchange.messageId);
      return exchange.push(dataSet ? { command, dataSet } : { command });
    };
    if (!command.hasDataSet) return deliver()?.then(() => undefined);
    const tooLong = (): Error => new PduError(aborts.unexpectedParameter, "an identifier is too long");
    return new GatheredBody(this.#limits.identifier, deliver, tooLong);
  }

  #sendData(parts: Uint8Array[]): Promise<void> | undefined {
    for (const part of parts) this.totals.bytesOut += part.length;
    return this.#layer.data(parts);
  }

  #nextMessageId(): number {
    this.#lastMessageId = (this.#lastMessageId % 0xffff) + 1;
    return this.#lastMessageId;
  }

  // Life

  #waiting(): "peer" | "idle" | "us" {
    if (this.#ending || this.#releasing || this.#exchanges.size > 0 || this.#reader.midway) return "peer";
    if (this.#dispatcher.busy) return this.#layer.sending ? "peer" : "us";
    return "idle";
  }

  /** A peer that does not even end the transport connection is cut off. */
  #timedOut(): void {
    if (this.#ending) this.destroy();
    else this.abort();
  }

  #operationEnded(): void {
    this.totals.operations++;
    this.#watchdog.touch();
    if (this.#draining) this.drain();
  }

  #end(ending: Ending): void {
    if (this.#ending) return;
    this.#ending = ending;
    this.#watchdog.touch();
    const reason = this.#lostError();
    this.#reader.abort(reason);
    this.#dispatcher.abort(reason);
    for (const exchange of this.#exchanges.values()) exchange.fail(reason);
    this.#exchanges.clear();
    this.#releasing?.();
  }

  #lostError(): HoldfastError {
    return new HoldfastError("association/aborted", this.#ending && describe(this.#ending));
  }
}

function describe(ending: Ending): string {
  if (ending.kind !== "aborted") return ending.kind === "released" ? "It was released." : "The connection was lost.";
  return `Aborted by ${ending.by === "us" ? "this side" : "the peer"}, ${ending.source}/${ending.reason}.`;
}
