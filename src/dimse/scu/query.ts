import { type DataSet, readDataSet, writeDataSet } from "../../dicom/index.ts";
import type { Response } from "../association/exchange.ts";
import { commandFields, isPending, type Outcome } from "../message/index.ts";
import type { AssociationPort } from "../scp/port.ts";
import { tags } from "../tags.ts";
import { contextFor } from "./context.ts";
import { finalOutcome } from "./outcome.ts";

export interface QueryRequest {
  /** One of the Query/Retrieve SOP classes. */
  sopClassUid: string;
  identifier: DataSet;
  priority?: number;
  /** Sends C-CANCEL when it fires; the final response then tells. */
  signal?: AbortSignal;
}

/** Numbers of sub-operations; absent where the peer does not tell. */
export interface SubOperationCounts {
  remaining?: number | undefined;
  completed?: number | undefined;
  failed?: number | undefined;
  warning?: number | undefined;
}

export interface RetrieveOutcome extends Outcome, SubOperationCounts {
  failedSopInstanceUids: string[];
}

/**
 * C-FIND as SCU: PS3.7 9.1.2. Yields the identifiers of the matches and returns the final outcome.
 * A consumer that stops early cancels the query.
 */
export async function* find(association: AssociationPort, request: QueryRequest): AsyncGenerator<DataSet, Outcome> {
  const responses = ask(association, commandFields.findRequest, request);
  for await (const { command, dataSet, transferSyntax } of responses) {
    if (!isPending(command.status ?? 0)) return finalOutcome({ command });
    if (dataSet) yield readDataSet(dataSet, transferSyntax);
  }
  throw new Error("unreachable: an exchange ends with a final response");
}

/** C-MOVE as SCU: PS3.7 9.1.4. Yields the progress and returns the outcome. */
export function move(
  association: AssociationPort,
  request: QueryRequest & { destination: string },
): AsyncGenerator<SubOperationCounts, RetrieveOutcome> {
  return retrieval(ask(association, commandFields.moveRequest, request, request.destination));
}

/** C-GET as SCU: PS3.7 9.1.3. The instances come to the `store` handler of the association. */
export function get(
  association: AssociationPort,
  request: QueryRequest,
): AsyncGenerator<SubOperationCounts, RetrieveOutcome> {
  return retrieval(ask(association, commandFields.getRequest, request));
}

type Answer = Response & { transferSyntax: string };

async function* retrieval(responses: AsyncGenerator<Answer>): AsyncGenerator<SubOperationCounts, RetrieveOutcome> {
  for await (const { command, dataSet, transferSyntax } of responses) {
    const { status = 0, remaining, completed, failed, warning } = command;
    const counts = { remaining, completed, failed, warning };
    if (isPending(status)) {
      yield counts;
      continue;
    }
    const list = dataSet ? readDataSet(dataSet, transferSyntax).strings(tags.failedSopInstanceUidList) : [];
    return { ...finalOutcome({ command }), ...counts, failedSopInstanceUids: list };
  }
  throw new Error("unreachable: an exchange ends with a final response");
}

/** Every response to a request; the peer is told to cancel when the signal fires or the consumer stops early. */
async function* ask(
  association: AssociationPort,
  commandField: number,
  { sopClassUid, identifier, priority = 0, signal }: QueryRequest,
  moveDestination?: string,
): AsyncGenerator<Answer> {
  const context = contextFor(association, sopClassUid);
  const { transferSyntax } = context;
  const command = { commandField, affectedSopClassUid: sopClassUid, priority, moveDestination, hasDataSet: true };
  const exchange = association.request(context.id, command, writeDataSet(identifier, transferSyntax));
  const cancel = (): void => {
    const { messageId: messageIdBeingRespondedTo } = exchange;
    const request = { commandField: commandFields.cancelRequest, messageIdBeingRespondedTo, hasDataSet: false };
    association.send(context.id, request).catch(() => {});
  };
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted) cancel();
  let over = false;
  try {
    for await (const response of exchange.all()) {
      over = !isPending(response.command.status ?? 0);
      yield { ...response, transferSyntax };
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
    if (!over && !exchange.failed) {
      cancel();
      await exchange.drain();
    }
  }
}
