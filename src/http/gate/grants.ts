/** Rights for a while: vendors' sessions, emergency access, second persons; and what containment holds back. */

import { type Activity, activities, HoldfastError } from "../../core/index.ts";
import type { Approval, Principal } from "../../gate/index.ts";
import { contextOf } from "../access.ts";
import { gateAnswers, list } from "../answers/index.ts";
import type { Services } from "../services.ts";
import { object, type Route, recorded, sees, text, texts, visible, within } from "./route.ts";

interface VendorBody {
  vendor: string;
  principals: string[];
  reason: string;
  hosts: string[];
  tenants: string[];
  activities?: Activity[];
  minutes: number;
}

const minutes = { type: "number", exclusiveMinimum: 0, maximum: 10_080 };
const vendorSession = object(["vendor", "principals", "reason", "hosts", "tenants", "minutes"], {
  vendor: text(128),
  principals: texts(100),
  reason: text(1000),
  hosts: texts(100),
  tenants: texts(1000),
  activities: { type: "array", maxItems: activities.length, items: { type: "string", enum: [...activities] } },
  minutes,
});

export function registerVendorSessions(route: Route, services: Services): void {
  const { gate, clock } = services;
  const all = () => gate.grants.vendorSessions.all().map(([, session]) => session);
  route(
    {
      method: "GET",
      url: "/vendor-sessions",
      may: "vendor-sessions.read",
      summary: "Vendors' sessions",
      answer: list("sessions", gateAnswers.vendorSession),
    },
    ({ principal }) => ({
      sessions: all().filter(({ tenants }) => sees(principal, ...tenants)),
    }),
  );
  route<VendorBody>(
    {
      method: "POST",
      url: "/vendor-sessions",
      may: "vendor-sessions.manage",
      summary: "Open a session for a vendor",
      answer: gateAnswers.vendorSession,
      body: vendorSession,
    },
    async ({ body: { minutes: length, ...asked }, principal, change, request }) => {
      within(services, principal, "vendor-sessions.manage", ...asked.tenants);
      const opened = await gate.grants.openVendorSession({ ...asked, until: clock() + length * 60_000 }, change);
      recorded(request);
      return opened;
    },
  );
  route(
    {
      method: "DELETE",
      url: "/vendor-sessions/:id",
      may: "vendor-sessions.manage",
      summary: "Close a vendor's session",
    },
    async ({ parameters, principal, change, request }) => {
      const { tenants } = gate.grants.vendorSessions.need(parameters["id"]!);
      if (!sees(principal, ...tenants)) throw new HoldfastError("request/not-found");
      within(services, principal, "vendor-sessions.manage", ...tenants);
      await gate.grants.closeVendorSession(parameters["id"]!, change);
      recorded(request);
    },
  );
}

export function registerBreakGlass(route: Route, services: Services): void {
  const { gate } = services;
  const taken = object(["reason"], { reason: text(1000), minutes: { ...minutes, maximum: 240 } });
  const review = object(["justified"], {
    justified: { type: "boolean" },
    comment: { type: "string", maxLength: 1000 },
  });
  route<{ reason: string; minutes?: number }>(
    {
      method: "POST",
      url: "/break-glass",
      may: "break-glass.use",
      summary: "Emergency access for care, at once",
      answer: gateAnswers.breakGlass,
      body: taken,
    },
    async ({ body, change, request }) => {
      const glass = await gate.grants.takeBreakGlass(body.reason, body.minutes ?? 60, change);
      recorded(request);
      services.log.warn(
        { request: request.id, breakGlass: glass.id, principal: glass.principal },
        "emergency access taken",
      );
      return glass;
    },
  );
  route(
    {
      method: "GET",
      url: "/break-glass",
      may: "break-glass.review",
      summary: "Emergency access, for review",
      answer: list("breakGlass", gateAnswers.breakGlass),
    },
    ({ principal }) => ({
      breakGlass: visible(
        gate.grants.breakGlass.all().map(([, glass]) => glass),
        principal,
      ),
    }),
  );
  route<{ justified: boolean; comment?: string }>(
    {
      method: "POST",
      url: "/break-glass/:id/review",
      may: "break-glass.review",
      summary: "Review emergency access",
      body: review,
    },
    async ({ body, parameters, principal, change, request }) => {
      const { tenant } = gate.grants.breakGlass.need(parameters["id"]!);
      if (!sees(principal, tenant)) throw new HoldfastError("request/not-found");
      await gate.grants.reviewBreakGlass(parameters["id"]!, body.justified, body.comment ?? "", change);
      recorded(request);
    },
  );
}

export function registerApprovals(route: Route, services: Services): void {
  const { gate } = services;
  const seen = (principal: Principal): Approval[] =>
    visible(
      gate.grants.approvals.all().map(([, approval]) => approval),
      principal,
    );
  route(
    {
      method: "GET",
      url: "/approvals",
      may: "approvals.read",
      summary: "What waits for a second person",
      answer: list("approvals", gateAnswers.approval),
    },
    ({ principal }) => ({ approvals: seen(principal).map(({ persons: _, ...approval }) => approval) }),
  );
  route(
    { method: "POST", url: "/approvals/:id/approve", may: "approvals.give", summary: "Approve as the second person" },
    async ({ parameters, principal, change, request }) => {
      const waiting = seen(principal).find(({ id }) => id === parameters["id"]);
      if (!waiting) throw new HoldfastError("request/not-found");
      await gate.grants.approve(waiting.id, change);
      recorded(request);
    },
  );
}

const entries = object(["entries"], {
  entries: { type: "array", minItems: 1, maxItems: 100_000, items: { type: "integer", minimum: 0 } },
});

/** Objects whose sender's writes are held back. Releasing them, like throwing them away, takes two persons. */
export function registerHeld(route: Route, { gate, archive }: Services): void {
  route(
    {
      method: "GET",
      url: "/held",
      may: "containment.read",
      summary: "Objects held back by containment",
      answer: gateAnswers.held,
    },
    async ({ principal }) => ({
      held: visible(
        (await archive.held()).map(({ entry, containment, tenant = "default", event, object: stored }) => ({
          entry,
          containment,
          tenant,
          time: event.time,
          sopInstanceUid: stored.sopInstanceUid,
          sopClassUid: stored.sopClassUid,
        })),
        principal,
      ),
    }),
  );
  for (const what of ["release", "discard"] as const)
    route<{ entries: number[] }>(
      {
        method: "POST",
        url: `/held/${what}`,
        may: "containment.manage",
        summary: `${what === "release" ? "Make held objects visible" : "Throw held objects away"}, by two persons`,
        answer: gateAnswers.heldDone,
        body: entries,
      },
      async ({ body, change, request }) => {
        const named = [...body.entries].sort((a, b) => a - b).join(",");
        await gate.grants.secondPerson(`held ${what} ${named}`, change);
        const context = contextOf(request, request.routeOptions.config.access!);
        const count = await archive[what](context, body.entries);
        if (count === 0) throw new HoldfastError("request/not-found");
        recorded(request);
        return { objects: count };
      },
    );
}
