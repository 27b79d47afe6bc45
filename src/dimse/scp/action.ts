import { type MessageBody, type Outcome, statuses } from "../message/index.ts";
import { sendEventReport } from "../scu/event-report.ts";
import { discard } from "./bodies.ts";
import type { Call, Service } from "./call.ts";
import type { ActionRequest, EventReport } from "./handlers.ts";
import { withDataSet } from "./identifier.ts";

/** N-ACTION as SCP: PS3.7 10.1.4, PS3.4 J.3.2. */
export const actionService: Service = (call) => {
  const { handlers } = call.environment;
  const { actionTypeId, requestedSopInstanceUid: sopInstanceUid } = call.command;
  if (!handlers.action) return discard(call, { status: statuses.unrecognizedOperation });
  if (actionTypeId === undefined || !sopInstanceUid) return discard(call, { status: statuses.invalidArgumentValue });
  const request = { sopClassUid: call.abstractSyntax, sopInstanceUid, actionTypeId };
  return whenWhole(call, (information) => act(call, { ...request, information }));
};

async function act(call: Call, request: ActionRequest): Promise<void> {
  const outcome = await call.environment.handlers.action!(request, call);
  const { sopInstanceUid: affectedSopInstanceUid, actionTypeId } = request;
  await call.finish(outcome, { requestedSopClassUid: undefined, affectedSopInstanceUid, actionTypeId });
  const report = (event: EventReport): Promise<Outcome> =>
    sendEventReport(call.environment.association, call.context, event);
  // What follows is no part of the operation: the peer may go on meanwhile.
  call.done.then(() => outcome.afterwards?.(report)).catch(() => {});
}

/** N-EVENT-REPORT as its receiver: PS3.7 10.1.1, PS3.4 J.3.3. */
export const eventReportService: Service = (call) => {
  const { handlers } = call.environment;
  const { eventTypeId, affectedSopInstanceUid: sopInstanceUid } = call.command;
  if (!handlers.eventReport) return discard(call, { status: statuses.unrecognizedOperation });
  if (eventTypeId === undefined || !sopInstanceUid) return discard(call, { status: statuses.invalidArgumentValue });
  return whenWhole(call, async (information) => {
    const report: EventReport = { sopClassUid: call.abstractSyntax, sopInstanceUid, eventTypeId, information };
    const outcome = await handlers.eventReport!(report, call);
    await call.finish(outcome, { affectedSopInstanceUid: sopInstanceUid, eventTypeId });
  });
};

/** The data set of an N-service may be absent. */
function whenWhole(
  call: Call,
  work: (information: ActionRequest["information"]) => Promise<void>,
): MessageBody | undefined {
  if (call.command.hasDataSet) return withDataSet(call, statuses.processingFailure, work);
  call.run(() => work(undefined));
  return undefined;
}
