import type { Exchange } from "../association/exchange.ts";
import type { AcceptedContext, AssociationInfo, MessageLimits, Timeouts } from "../association/info.ts";
import type { Environment } from "../environment.ts";
import type { Command, DataSetSource } from "../message/index.ts";
import type { ServiceHandlers } from "./handlers.ts";

/** What services need of their association. */
export interface AssociationPort {
  readonly info: AssociationInfo;
  send(contextId: number, command: Command, dataSet?: DataSetSource): Promise<void>;
  request(contextId: number, command: Omit<Command, "messageId">, dataSet?: DataSetSource): Exchange;
  context(abstractSyntax: string, transferSyntax?: string): AcceptedContext | undefined;
}

export interface ServiceEnvironment {
  readonly association: AssociationPort;
  readonly handlers: ServiceHandlers;
  readonly limits: MessageLimits;
  readonly environment: Environment;
  readonly timeouts: Timeouts;
  /** Hears the final status of each operation of the peer, when it is sent. */
  readonly answered?: Answered;
}

/** @param commandField of the request, PS3.7 Annex E.1 */
export type Answered = (commandField: number, status: number) => void;
