/** Orders to erase patients of the clinic of who asks: two persons and a delay, and never a vendor. */
import type { Erasure } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { adminEvent } from "../../gate/index.ts";
import { gateAnswers, list } from "../answers/index.ts";
import type { Services } from "../services.ts";
import { assertOfTheHouse, object, type Route, recorded, text } from "./route.ts";

const asked = object(["patientId", "reason"], {
  patientId: text(64),
  reason: { type: "string", minLength: 8, maxLength: 1000 },
  treatmentEnded: { type: "boolean" },
});

export function registerErasures(route: Route, { recovery, gate, clock }: Services): void {
  const erasures = () => {
    if (!recovery) throw new HoldfastError("request/unsupported", "A mirror erases what its origin erases.");
    return recovery.erasures;
  };
  route(
    {
      method: "GET",
      url: "/erasures",
      may: "erasure.read",
      summary: "Orders to erase patients, and what stands against them",
      answer: list("erasures", gateAnswers.erasure),
    },
    async ({ principal }) => {
      const all = await erasures().all(principal.tenant);
      const shown = all.map(async (each) => {
        const blocked = each.doneAt === undefined ? await erasures().blocks(each) : undefined;
        return { ...each, ...(blocked === undefined ? {} : { blocked }) };
      });
      return { erasures: await Promise.all(shown) };
    },
  );
  route<Pick<Erasure, "patientId" | "reason" | "treatmentEnded">>(
    {
      method: "PUT",
      url: "/erasures/:id",
      may: "erasure.manage",
      summary: "Ask for a patient to be erased; nothing happens until it is confirmed",
      body: asked,
      answer: gateAnswers.erasure,
    },
    async ({ body, parameters, principal, change, request }) => {
      assertOfTheHouse(principal);
      const id = parameters["id"]!;
      if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(id))
        throw new HoldfastError("request/invalid", "Name the order in small letters.");
      const order = { ...body, id, tenant: principal.tenant, askedBy: principal.id };
      const erasure = await erasures().ask(order, adminEvent(change, clock()));
      recorded(request);
      return erasure;
    },
  );
  route(
    {
      method: "POST",
      url: "/erasures/:id/confirm",
      may: "erasure.manage",
      summary: "Confirm it, by two persons: the patient's keys are destroyed after the delay",
      answer: gateAnswers.erasure,
    },
    async ({ parameters, principal, change, request }) => {
      assertOfTheHouse(principal);
      const order = await erasures().need(principal.tenant, parameters["id"]!);
      if (order.dueAt === undefined) await gate.grants.secondPerson(`erasure ${order.id}`, change);
      const erasure = await erasures().confirm(order, principal.id, adminEvent(change, clock()));
      recorded(request);
      return erasure;
    },
  );
  route(
    { method: "DELETE", url: "/erasures/:id", may: "erasure.manage", summary: "Take an order to erase back" },
    async ({ parameters, principal, change, request }) => {
      assertOfTheHouse(principal);
      const order = await erasures().need(principal.tenant, parameters["id"]!);
      await erasures().cancel(order, adminEvent(change, clock()));
      recorded(request);
    },
  );
}
