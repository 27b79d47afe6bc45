import { statuses } from "../message/index.ts";
import { discard } from "./bodies.ts";
import type { Service } from "./call.ts";
import { DestinationSender } from "./destination-sender.ts";
import { withDataSet } from "./identifier.ts";
import { retrieve } from "./retrieve.ts";

/** C-MOVE as SCP: PS3.7 9.1.4, PS3.4 C.4.2. The sub-operations go over associations of our own. */
export const moveService: Service = (call) => {
  const { handlers } = call.environment;
  const { moveDestination, hasDataSet } = call.command;
  if (!handlers.move) return discard(call, { status: statuses.unrecognizedOperation });
  if (!moveDestination) return discard(call, { status: statuses.moveDestinationUnknown });
  if (!hasDataSet) return discard(call, { status: statuses.identifierDoesNotMatchSopClass });
  return withDataSet(call, statuses.unableToProcess, async (identifier) => {
    const retrieval = await handlers.move!({ identifier, destination: moveDestination }, call);
    const originator = { aeTitle: call.association.callingAeTitle, messageId: call.messageId };
    const { environment, timeouts } = call.environment;
    const options = { callingAeTitle: call.association.calledAeTitle, signal: call.signal, environment, timeouts };
    const sender = new DestinationSender(retrieval, { ...options, originator });
    try {
      await retrieve(call, retrieval, (item) => sender.send(item));
    } finally {
      await sender.close();
    }
  });
};
