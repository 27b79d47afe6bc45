/** Who may do what over HTTP, and the management of everybody the gate knows. */
import type { FastifyInstance } from "fastify";
import type { Services } from "../services.ts";
import { registerKeys, registerUsers } from "./accounts.ts";
import { registerEncryption } from "./encryption.ts";
import { registerErasures } from "./erasures.ts";
import { registerApprovals, registerBreakGlass, registerHeld, registerVendorSessions } from "./grants.ts";
import { registerHolds } from "./holds.ts";
import { registerOidc } from "./oidc.ts";
import { registerPasskeys } from "./passkeys.ts";
import { registerPeers } from "./peers.ts";
import { registerRetention } from "./retention.ts";
import { managementRoutes } from "./route.ts";
import { registerSessions } from "./sessions.ts";
import { registerTenants } from "./tenants.ts";

export { authorize, requirePolicies } from "./authorize.ts";

export function registerManagement(server: FastifyInstance, services: Services): void {
  server.register(async (own) => {
    const route = managementRoutes(own);
    registerSessions(route, services);
    registerOidc(route, services);
    registerPasskeys(route, services);
    registerTenants(route, services);
    registerPeers(route, services);
    registerUsers(route, services);
    registerKeys(route, services);
    registerVendorSessions(route, services);
    registerBreakGlass(route, services);
    registerApprovals(route, services);
    registerHeld(route, services);
    registerHolds(route, services);
    registerEncryption(route, services);
    registerRetention(route, services);
    registerErasures(route, services);
  });
}
