import { statuses } from "../message/index.ts";
import { discard } from "./bodies.ts";
import type { Service } from "./call.ts";
import { encode, withDataSet } from "./identifier.ts";

/** C-FIND as SCP: PS3.7 9.1.2, PS3.4 C.4.1. Matches go out as they come, no faster than the peer reads. */
export const findService: Service = (call) => {
  const { handlers } = call.environment;
  if (!handlers.find) return discard(call, { status: statuses.unrecognizedOperation });
  if (!call.command.hasDataSet) return discard(call, { status: statuses.identifierDoesNotMatchSopClass });
  return withDataSet(call, statuses.unableToProcess, async (identifier) => {
    for await (const match of handlers.find!(identifier, call)) {
      call.signal.throwIfAborted();
      const status = match.unsupportedKeys ? statuses.pendingWarning : statuses.pending;
      await call.respond({ status }, encode(call, match.identifier));
    }
    call.signal.throwIfAborted();
    await call.finish({ status: statuses.success });
  });
};
