/** Containment over HTTP. */

import { HoldfastError } from "../../core/index.ts";
import { type ContainmentAction, containmentActions, targetKinds } from "../../gate/index.ts";
import { type ContainmentRecord, explanation, type Order, type Responder } from "../../response/index.ts";
import { list, responseAnswers } from "../answers/index.ts";
import { object, type Route, recorded, text } from "../gate/route.ts";
import type { Services } from "../services.ts";
import { maySeeContainment } from "./visible.ts";

const order = object(["target", "action", "reason"], {
  target: object(["kind", "id"], { kind: { type: "string", enum: [...targetKinds] }, id: text() }),
  action: { type: "string", enum: [...containmentActions] },
  reason: { type: "string", minLength: 8, maxLength: 500 },
  contact: text(40),
  minutes: { type: "integer", minimum: 1, maximum: 525_600 },
  perMinute: { type: "integer", minimum: 1, maximum: 1_000_000 },
  alert: text(64),
});
const release = object(["reason"], { reason: { type: "string", minLength: 8, maxLength: 500 } });

export function registerContainments(route: Route, { gate }: Services, response: Responder): void {
  const { containments } = response;
  route(
    {
      method: "GET",
      url: "/containments",
      may: "containment.read",
      summary: "Who is contained, and was",
      answer: list("containments", responseAnswers.containment),
      query: { state: { type: "string", enum: ["active"] } },
    },
    (asked) => {
      const { state } = asked.request.query as { state?: string };
      const all = state === "active" ? containments.active() : containments.all();
      const list = all.filter((record) => maySeeContainment(asked.principal, record));
      return { containments: list.sort((one, other) => other.seq - one.seq) };
    },
  );
  route(
    {
      method: "GET",
      url: "/containments/mine",
      may: "account.own",
      summary: "What is paused for me, and whom to call",
      answer: responseAnswers.mine,
    },
    ({ principal, request }) => {
      request.access.recorded = true; // a page asks every minute, of nothing but itself
      const { id, vendor, tenant, address } = principal;
      const own = { principal: id, vendor, tenant, host: address };
      const standing = containments
        .active()
        .filter(({ target, action }) => action !== "watch" && own[target.kind] === target.id);
      return {
        containments: standing.map((record) => ({
          action: record.action,
          since: record.since,
          message: explanation(record),
        })),
      };
    },
  );
  const need = (id: string | undefined, principal: Parameters<typeof maySeeContainment>[0]): ContainmentRecord => {
    const record = containments.get(id ?? "");
    if (!record || !maySeeContainment(principal, record)) throw new HoldfastError("request/not-found");
    return record;
  };
  route(
    {
      method: "GET",
      url: "/containments/:id",
      may: "containment.read",
      summary: "A containment",
      answer: responseAnswers.containment,
    },
    (asked) => {
      const record = need(asked.parameters["id"], asked.principal);
      return { ...record, message: explanation(record) };
    },
  );
  route<Order & { action: ContainmentAction }>(
    {
      method: "POST",
      url: "/containments",
      may: "containment.manage",
      summary: "Contain",
      answer: responseAnswers.containment,
      body: order,
    },
    async ({ body, change, principal, request }) => {
      const alert = body.alert === undefined ? undefined : response.inbox.get(body.alert);
      const facts = alert ? { incident: alert.incident, tenant: alert.subject.tenant } : {};
      const { record, durable } = containments.apply({ ...body, ...facts }, change, principal.id);
      await durable;
      recorded(request);
      return record;
    },
  );
  route<{ reason: string }>(
    {
      method: "POST",
      url: "/containments/:id/release",
      may: "containment.manage",
      summary: "Release; a critical entity by two persons",
      answer: responseAnswers.containment,
      body: release,
    },
    async ({ body, parameters, change, principal, request }) => {
      const { id, target } = need(parameters["id"], principal);
      if (target.kind === "principal" && gate.isSelf(principal, target.id))
        throw new HoldfastError("gate/second-person", "Nobody releases themselves.");
      const record = await containments.release(id, body.reason, change);
      recorded(request);
      return record;
    },
  );
  route(
    {
      method: "GET",
      url: "/policy",
      may: "containment.read",
      summary: "The policy of response in force",
      answer: responseAnswers.policy,
    },
    () => ({
      ...response.policy,
    }),
  );
}
