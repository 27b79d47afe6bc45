/** The registry of DICOM peers. */
import type { PeerRecord } from "../../gate/index.ts";
import { deviceRoles } from "../../gate/index.ts";
import type { Services } from "../services.ts";
import { object, type Route, recorded, text, texts, visible, within } from "./route.ts";

const peer = object(["role"], {
  role: { type: "string", enum: [...deviceRoles] },
  tenant: text(63),
  addresses: texts(),
  certificates: texts(),
  subjects: texts(),
  services: texts(16),
  sopClasses: texts(),
  vendor: text(128),
  critical: { type: "boolean" },
  host: text(253),
  port: { type: "integer", minimum: 1, maximum: 65535 },
});

export function registerPeers(route: Route, services: Services): void {
  const { gate } = services;
  route({ method: "GET", url: "/peers", may: "peers.read", summary: "The DICOM peers" }, ({ principal }) => ({
    peers: visible(gate.peers.all(), principal),
  }));
  route<Omit<PeerRecord, "aeTitle" | "tenant"> & { tenant?: string }>(
    { method: "PUT", url: "/peers/:aeTitle", may: "peers.manage", summary: "Register or change a peer", body: peer },
    async ({ body, parameters, principal, change, request }) => {
      const aeTitle = parameters["aeTitle"]!;
      const { tenant = principal.tenant } = body;
      within(services, principal, "peers.manage", tenant, gate.peers.get(aeTitle)?.tenant);
      await gate.peers.put({ ...body, aeTitle, tenant }, change);
      recorded(request);
      return gate.peers.get(aeTitle);
    },
  );
  route(
    {
      method: "DELETE",
      url: "/peers/:aeTitle",
      may: "peers.manage",
      summary: "Remove a peer; a critical one by two persons",
    },
    async ({ parameters, principal, change, request }) => {
      const known = gate.peers.get(parameters["aeTitle"]!);
      within(services, principal, "peers.manage", known?.tenant);
      if (known?.critical) await gate.grants.secondPerson(`peers remove ${known.aeTitle}`, change);
      await gate.peers.remove(parameters["aeTitle"]!, change);
      recorded(request);
    },
  );
}
