/** The registry of clinics. A tenant's administrator sees its own. */

import { HoldfastError } from "../../core/index.ts";
import type { Principal, TenantRecord } from "../../gate/index.ts";
import { gateAnswers, list } from "../answers/index.ts";
import type { Services } from "../services.ts";
import { object, type Route, recorded, sees, text } from "./route.ts";

const facts = object([], { display: text(128) });
const because = object(["reason"], { reason: { type: "string", minLength: 8, maxLength: 500 } });

export function registerTenants(route: Route, { gate }: Services): void {
  const { tenants, grants } = gate;
  const shown = (record: TenantRecord) => ({ ...record, open: record.closedAt === undefined });
  const need = (principal: Principal, name: string): TenantRecord => {
    const known = tenants.get(name);
    if (!known || !sees(principal, name)) throw new HoldfastError("request/not-found");
    return known;
  };
  route(
    {
      method: "GET",
      url: "/tenants",
      may: "tenants.read",
      summary: "The tenants",
      answer: list("tenants", gateAnswers.tenant),
    },
    ({ principal }) => ({
      tenants: tenants
        .all()
        .filter(({ name }) => sees(principal, name))
        .map(shown),
    }),
  );
  route(
    { method: "GET", url: "/tenants/:name", may: "tenants.read", summary: "A tenant", answer: gateAnswers.tenant },
    ({ parameters, principal }) => shown(need(principal, parameters["name"]!)),
  );
  route<{ display?: string }>(
    {
      method: "PUT",
      url: "/tenants/:name",
      may: "tenants.manage",
      summary: "Add a tenant, or change what people read; its name stays",
      answer: gateAnswers.tenant,
      body: facts,
    },
    async ({ body, parameters, change, request }) => {
      const record = await tenants.put(parameters["name"]!, body.display, change);
      recorded(request);
      return shown(record);
    },
  );
  route<{ reason: string }>(
    {
      method: "POST",
      url: "/tenants/:name/close",
      may: "tenants.manage",
      summary: "Close a tenant, by two persons: nobody acts in it any more, its objects stay",
      answer: gateAnswers.tenant,
      body: because,
    },
    async ({ body, parameters, principal, change, request }) => {
      const { name } = need(principal, parameters["name"]!);
      tenants.assertCloseable(name);
      await grants.secondPerson(`tenants close ${name}`, change);
      const record = await tenants.close(name, body.reason, change);
      gate.sessions.endAll((session) => session.principal.tenant === name);
      recorded(request);
      return shown(record);
    },
  );
  route(
    {
      method: "POST",
      url: "/tenants/:name/reopen",
      may: "tenants.manage",
      summary: "Open a closed tenant again, by two persons",
      answer: gateAnswers.tenant,
    },
    async ({ parameters, principal, change, request }) => {
      const { name } = need(principal, parameters["name"]!);
      await grants.secondPerson(`tenants reopen ${name}`, change);
      const record = await tenants.reopen(name, change);
      recorded(request);
      return shown(record);
    },
  );
}
