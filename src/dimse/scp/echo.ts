import { statuses } from "../message/index.ts";
import { discard } from "./bodies.ts";
import type { Service } from "./call.ts";

/** C-ECHO as SCP: PS3.7 9.1.5, PS3.4 Annex A. */
export const echoService: Service = (call) => {
  const { echo } = call.environment.handlers;
  if (!echo) return discard(call, { status: statuses.unrecognizedOperation });
  call.run(async () => call.finish(await echo(call)));
  return undefined;
};
