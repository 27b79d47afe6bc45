import { writeDataSet } from "../../dicom/index.ts";
import type { AcceptedContext } from "../association/info.ts";
import { commandFields, type Outcome } from "../message/index.ts";
import type { EventReport } from "../scp/handlers.ts";
import type { AssociationPort } from "../scp/port.ts";
import { contextFor } from "./context.ts";
import { finalOutcome } from "./outcome.ts";

/** N-EVENT-REPORT: PS3.7 10.1.1. The sender is the SCP of the SOP class, whichever side asked for the association. */
export function eventReport(association: AssociationPort, report: EventReport): Promise<Outcome> {
  return sendEventReport(association, contextFor(association, report.sopClassUid), report);
}

/** The same over a certain presentation context. */
export async function sendEventReport(
  association: AssociationPort,
  context: AcceptedContext,
  report: EventReport,
): Promise<Outcome> {
  const { sopClassUid, sopInstanceUid, eventTypeId, information } = report;
  const exchange = association.request(
    context.id,
    {
      commandField: commandFields.eventReportRequest,
      affectedSopClassUid: sopClassUid,
      affectedSopInstanceUid: sopInstanceUid,
      eventTypeId,
      hasDataSet: information !== undefined,
    },
    information && writeDataSet(information, context.transferSyntax),
  );
  return finalOutcome(await exchange.next());
}
