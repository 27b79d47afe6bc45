/** Alerts, incidents, containment and the live stream. */
import type { FastifyInstance } from "fastify";
import type { Responder } from "../../response/index.ts";
import { managementRoutes } from "../gate/route.ts";
import type { Services } from "../services.ts";
import { registerAlerts } from "./alerts.ts";
import { registerContainments } from "./containments.ts";
import { registerPlannedWork, registerVerdicts } from "./directives.ts";
import { registerAlertEvents } from "./events.ts";
import { registerStream } from "./stream.ts";

export function registerResponse(server: FastifyInstance, services: Services, response: Responder): void {
  server.register(async (own) => {
    const route = managementRoutes(own);
    registerAlerts(route, services, response);
    registerContainments(route, services, response);
    registerVerdicts(route, services, response);
    registerPlannedWork(route, services, response);
    if (services.recovery) registerAlertEvents(route, response, services.recovery);
  });
  registerStream(server, services, response);
}
