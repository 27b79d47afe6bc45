/** The registry of DICOM peers. */

import { createHash } from "node:crypto";
import { HoldfastError } from "../../core/index.ts";
import type { PeerRecord } from "../../gate/index.ts";
import { deviceRoles } from "../../gate/index.ts";
import { gateAnswers, list } from "../answers/index.ts";
import type { Services } from "../services.ts";
import { object, type Route, recorded, sees, text, texts, visible, within } from "./route.ts";

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
  route(
    {
      method: "GET",
      url: "/peers",
      may: "peers.read",
      summary: "The DICOM peers",
      answer: list("peers", gateAnswers.peer),
    },
    ({ principal }) => ({
      peers: visible(gate.peers.all(), principal),
    }),
  );
  route<Omit<PeerRecord, "aeTitle" | "tenant"> & { tenant?: string }>(
    {
      method: "PUT",
      url: "/peers/:aeTitle",
      may: "peers.manage",
      summary: "Register or change a peer",
      answer: gateAnswers.peer,
      body: peer,
    },
    async ({ body, parameters, principal, change, request }) => {
      const aeTitle = parameters["aeTitle"]!;
      const { tenant = principal.tenant } = body;
      const known = gate.peers.get(aeTitle);
      within(services, principal, "peers.manage", tenant, known?.tenant);
      const record = { ...body, aeTitle, tenant };
      // Who may change its address or take the mark away could as well remove it.
      if (known?.critical) await gate.grants.secondPerson(`peers change ${briefly(record)}`, change, known.tenant);
      await gate.peers.put(record, change);
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
      if (!known || !sees(principal, known.tenant)) throw new HoldfastError("request/not-found");
      within(services, principal, "peers.manage", known.tenant);
      if (known.critical) await gate.grants.secondPerson(`peers remove ${known.aeTitle}`, change, known.tenant);
      await gate.peers.remove(parameters["aeTitle"]!, change);
      recorded(request);
    },
  );
}

/** For the second person to read; of a long one the digest says that nothing else is done than what was asked. */
function briefly({ aeTitle, ...facts }: PeerRecord): string {
  const sorted = Object.entries(facts).sort(([one], [other]) => (one < other ? -1 : 1));
  const said = JSON.stringify(Object.fromEntries(sorted));
  if (said.length <= 500) return `${aeTitle} ${said}`;
  return `${aeTitle} ${said.slice(0, 400)}… sha256 ${createHash("sha256").update(said).digest("hex")}`;
}
