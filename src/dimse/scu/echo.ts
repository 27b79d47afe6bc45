import { commandFields, type Outcome } from "../message/index.ts";
import type { AssociationPort } from "../scp/port.ts";
import { sopClasses } from "../sop-classes.ts";
import { contextFor } from "./context.ts";
import { finalOutcome } from "./outcome.ts";

/** C-ECHO as SCU: PS3.7 9.1.5. Rejects when the association is lost. */
export async function echo(association: AssociationPort): Promise<Outcome> {
  const context = contextFor(association, sopClasses.verification);
  const exchange = association.request(context.id, {
    commandField: commandFields.echoRequest,
    affectedSopClassUid: sopClasses.verification,
    hasDataSet: false,
  });
  return finalOutcome(await exchange.next());
}
