import { commandFields, type Outcome } from "../message/index.ts";
import type { AssociationPort } from "../scp/port.ts";
import type { RetrievedItem } from "../scp/retrieved-item.ts";
import { contextFor } from "./context.ts";
import { finalOutcome } from "./outcome.ts";

const mediumPriority = 0;

/**
 * C-STORE as SCU: PS3.7 9.1.1. Sends the bytes as they are, so it needs a context with the very transfer syntax;
 * throws `request/unsupported` without one. Several can follow each other on one association.
 */
export async function store(
  association: AssociationPort,
  item: RetrievedItem,
  moveOriginator?: { aeTitle: string; messageId: number },
): Promise<Outcome> {
  const context = contextFor(association, item.sopClassUid, item.transferSyntaxUid);
  const exchange = association.request(
    context.id,
    {
      commandField: commandFields.storeRequest,
      affectedSopClassUid: item.sopClassUid,
      affectedSopInstanceUid: item.sopInstanceUid,
      priority: mediumPriority,
      hasDataSet: true,
      moveOriginatorAeTitle: moveOriginator?.aeTitle,
      moveOriginatorMessageId: moveOriginator?.messageId,
    },
    item.dataSet(),
  );
  return finalOutcome(await exchange.next());
}
