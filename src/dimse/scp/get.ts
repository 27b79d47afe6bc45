import { HoldfastError } from "../../core/index.ts";
import { commandFields, type Outcome, statuses } from "../message/index.ts";
import { finalOutcome } from "../scu/outcome.ts";
import { discard } from "./bodies.ts";
import type { Call, Service } from "./call.ts";
import { withDataSet } from "./identifier.ts";
import { retrieve } from "./retrieve.ts";
import type { RetrievedItem } from "./retrieved-item.ts";

/** C-GET as SCP: PS3.7 9.1.3, PS3.4 C.4.3. The sub-operations go over the same association. */
export const getService: Service = (call) => {
  const { handlers } = call.environment;
  if (!handlers.get) return discard(call, { status: statuses.unrecognizedOperation });
  if (!call.command.hasDataSet) return discard(call, { status: statuses.identifierDoesNotMatchSopClass });
  return withDataSet(call, statuses.unableToProcess, async (identifier) => {
    const retrieval = await handlers.get!(identifier, call);
    await retrieve(call, retrieval, (item) => storeBack(call, item));
  });
};

async function storeBack(call: Call, item: RetrievedItem): Promise<Outcome> {
  const { association } = call.environment;
  const context = association.context(item.sopClassUid, item.transferSyntaxUid);
  if (!context?.requestorScp) throw new HoldfastError("request/unsupported", "No presentation context fits.");
  const command = {
    commandField: commandFields.storeRequest,
    affectedSopClassUid: item.sopClassUid,
    affectedSopInstanceUid: item.sopInstanceUid,
    priority: call.command.priority ?? 0,
    hasDataSet: true,
  };
  return finalOutcome(await association.request(context.id, command, item.dataSet()).next());
}
