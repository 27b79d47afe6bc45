import type { Response } from "../association/exchange.ts";
import { type Outcome, statuses } from "../message/index.ts";

/** What a response says; one without a status is a failure. */
export function finalOutcome({ command }: Response): Outcome {
  const { status = statuses.processingFailure, errorComment } = command;
  return errorComment ? { status, comment: errorComment } : { status };
}
