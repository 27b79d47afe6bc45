import { commandFields } from "../message/index.ts";
import type { Services } from "./dispatcher.ts";
import { moveService } from "./move.ts";
import { requestorServices } from "./services.ts";

/** On an association that the peer asked for: every service. */
export const acceptorServices: Services = new Map([
  ...requestorServices,
  [commandFields.moveRequest, { name: "move", begin: moveService }],
]);
