import type { FastifyInstance } from "fastify";
import { registerManagement } from "../gate/index.ts";
import { registerResponse } from "../response/index.ts";
import type { Services } from "../services.ts";
import { registerBehaviour } from "./behaviour.ts";
import { registerHealth } from "./health.ts";
import { registerRecovery } from "./recovery.ts";
import { registerStatus } from "./status.ts";
import { registerVersions } from "./versions.ts";

/** The management API under `/api/v1`, and what monitors ask at the root. */
export function registerApi(server: FastifyInstance, services: Services): void {
  registerHealth(server, services);
  registerStatus(server, services);
  registerVersions(server, services);
  registerBehaviour(server, services);
  if (services.recovery) registerRecovery(server, services, services.recovery);
  registerManagement(server, services);
  if (services.response) registerResponse(server, services, services.response);
  server.get(
    "/api/v1/openapi.json",
    { config: { may: "public" }, schema: { tags: ["API"], summary: "This description" } },
    () => server.swagger(),
  );
}
