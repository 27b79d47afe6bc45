import { writeDataSet } from "../../dicom/index.ts";
import { commandFields, type Outcome } from "../message/index.ts";
import type { ActionRequest } from "../scp/handlers.ts";
import type { AssociationPort } from "../scp/port.ts";
import { contextFor } from "./context.ts";
import { finalOutcome } from "./outcome.ts";

/** N-ACTION as SCU: PS3.7 10.1.4. */
export async function action(association: AssociationPort, request: ActionRequest): Promise<Outcome> {
  const { sopClassUid, sopInstanceUid, actionTypeId, information } = request;
  const context = contextFor(association, sopClassUid);
  const exchange = association.request(
    context.id,
    {
      commandField: commandFields.actionRequest,
      requestedSopClassUid: sopClassUid,
      requestedSopInstanceUid: sopInstanceUid,
      actionTypeId,
      hasDataSet: information !== undefined,
    },
    information && writeDataSet(information, context.transferSyntax),
  );
  return finalOutcome(await exchange.next());
}
