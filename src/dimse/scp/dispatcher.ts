import type { AcceptedContext } from "../association/info.ts";
import { type Command, commandFields, type MessageBody, type Outcome, statuses } from "../message/index.ts";
import { aborts, PduError } from "../pdu/index.ts";
import { type ServiceName, serviceOf } from "../sop-classes.ts";
import { discard } from "./bodies.ts";
import type { Service } from "./call.ts";
import { Call } from "./call.ts";
import type { ServiceEnvironment } from "./port.ts";

/** Which services answer, by Command Field. */
export type Services = ReadonlyMap<number, { name: ServiceName; begin: Service }>;

/** Gives the peer's requests to their services, one after the other (asynchronous operations window 1, 1). */
export class Dispatcher {
  readonly #services: Services;
  readonly #environment: ServiceEnvironment;
  readonly #ended: (call: Call) => void;
  #current: Call | undefined;

  constructor(services: Services, environment: ServiceEnvironment, ended: (call: Call) => void) {
    this.#services = services;
    this.#environment = environment;
    this.#ended = ended;
  }

  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** A peer that does not wait for the response of its last request is made to. C-CANCEL goes through. */
  begin(context: AcceptedContext, command: Command): MessageBody | undefined | Promise<MessageBody | undefined> {
    if (command.commandField === commandFields.cancelRequest) return this.#cancel(command);
    if (this.#current) return this.#current.done.then(() => this.begin(context, command));
    return this.#start(context, command);
  }

  /** The association is over: handlers learn it by their signal. */
  abort(reason: unknown): void {
    this.#current?.abort(reason);
  }

  #cancel(command: Command): undefined {
    if (command.hasDataSet) throw new PduError(aborts.unexpectedParameter, "a C-CANCEL-RQ has a data set");
    if (this.#current?.messageId === command.messageIdBeingRespondedTo) this.#current?.cancel();
  }

  #start(context: AcceptedContext, command: Command): MessageBody | undefined {
    if (command.messageId === undefined) {
      throw new PduError(aborts.invalidParameter, "a request has no Message ID");
    }
    const call = new Call(this.#environment, context, command);
    this.#current = call;
    call.done.then(() => {
      this.#current = undefined;
      this.#ended(call);
    });
    const service = this.#services.get(command.commandField);
    const refusal = service ? refusalOf(service.name, context, command) : { status: statuses.unrecognizedOperation };
    if (!service || refusal) return discard(call, refusal!);
    return service.begin(call);
  }
}

/** Why a request does not fit its presentation context (PS3.7 Annex C). */
function refusalOf(name: ServiceName, context: AcceptedContext, command: Command): Outcome | undefined {
  if (serviceOf(context.abstractSyntax) !== name) return { status: statuses.unrecognizedOperation };
  const sopClass = command.affectedSopClassUid ?? command.requestedSopClassUid;
  if (sopClass !== context.abstractSyntax) return { status: statuses.sopClassNotSupported };
  return undefined;
}
