import type { MessageBody, Outcome } from "../message/index.ts";
import type { Call } from "./call.ts";

/** Answers a request that is not served, once its data set, when it has one, has gone by. */
export function discard(call: Call, outcome: Outcome): MessageBody | undefined {
  if (!call.command.hasDataSet) {
    call.refuse(outcome);
    return undefined;
  }
  return {
    write: () => undefined,
    end() {
      call.refuse(outcome);
      return undefined;
    },
    abort: (reason) => call.run(() => Promise.reject(reason)),
  };
}
