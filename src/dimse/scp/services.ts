/** The services that answer a peer, by which side asked for the association. */
import { commandFields } from "../message/index.ts";
import { actionService, eventReportService } from "./action.ts";
import type { Services } from "./dispatcher.ts";
import { echoService } from "./echo.ts";
import { findService } from "./find.ts";
import { getService } from "./get.ts";
import { storeService } from "./store.ts";

/** On an association that we asked for: all but C-MOVE, which asks for associations itself. */
export const requestorServices: Services = new Map([
  [commandFields.echoRequest, { name: "echo", begin: echoService }],
  [commandFields.storeRequest, { name: "store", begin: storeService }],
  [commandFields.findRequest, { name: "find", begin: findService }],
  [commandFields.getRequest, { name: "get", begin: getService }],
  [commandFields.actionRequest, { name: "commitment", begin: actionService }],
  [commandFields.eventReportRequest, { name: "commitment", begin: eventReportService }],
]);
