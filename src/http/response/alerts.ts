/** The inbox over HTTP. */

import { HoldfastError } from "../../core/index.ts";
import type { Principal } from "../../gate/index.ts";
import { type Alert, type Closing, closureReasons, longestVerdict, type Responder } from "../../response/index.ts";
import { list, responseAnswers } from "../answers/index.ts";
import { type Managed, object, type Route, recorded, text } from "../gate/route.ts";
import type { Services } from "../services.ts";
import { type Filter, filter, filtered } from "./filter.ts";
import { maySeeAlert } from "./visible.ts";

export function registerAlerts(route: Route, { gate }: Services, response: Responder): void {
  const { inbox } = response;
  const seen = (principal: Principal): Alert[] => inbox.all().filter((alert) => maySeeAlert(principal, alert));
  /** @throws HoldfastError request/not-found, as for one that is not there */
  const need = (principal: Principal, id: string | undefined): Alert => {
    const alert = inbox.get(id ?? "");
    if (!alert || !maySeeAlert(principal, alert)) throw new HoldfastError("request/not-found");
    return alert;
  };
  route(
    {
      method: "GET",
      url: "/alerts",
      may: "alerts.read",
      summary: "Alerts, latest first",
      answer: list("alerts", responseAnswers.alert),
      query: filter,
    },
    ({ principal, request }) => ({ alerts: filtered(seen(principal), request.query as Filter) }),
  );
  route(
    { method: "GET", url: "/alerts/:id", may: "alerts.read", summary: "An alert", answer: responseAnswers.alert },
    ({ principal, parameters }) => need(principal, parameters["id"]),
  );
  route(
    {
      method: "GET",
      url: "/incidents",
      may: "alerts.read",
      summary: "Alerts that are one affair",
      answer: list("incidents", responseAnswers.incident),
    },
    (managed) => ({ incidents: inbox.incidents(seen(managed.principal)) }),
  );
  /** @throws HoldfastError gate/second-person: nobody says of themselves what was behind it */
  const assertOther = (id: string, { principal }: Managed<unknown, unknown>): void => {
    if (gate.isSelf(principal, inbox.get(id)!.subject.principal))
      throw new HoldfastError("gate/second-person", "Somebody else decides about an alert against oneself.");
  };
  const work = <Body>(
    verb: string,
    summary: string,
    body: Record<string, unknown> | undefined,
    act: (id: string, managed: Managed<Body, Record<string, string>>) => Promise<Alert>,
    may: "alerts.manage" | "containment.manage" = "alerts.manage",
  ) =>
    route<Body>(
      {
        method: "POST",
        url: `/alerts/:id/${verb}`,
        may,
        summary,
        answer: responseAnswers.alert,
        ...(body ? { body } : {}),
      },
      async (managed) => {
        const { id } = need(managed.principal, managed.parameters["id"]);
        const alert = await act(id, managed);
        recorded(managed.request);
        return alert;
      },
    );
  work("acknowledge", "Somebody has seen it", undefined, (id, { change }) => inbox.acknowledge(id, change));
  work<{ assignee: string }>(
    "assign",
    "Somebody works on it",
    object(["assignee"], { assignee: text() }),
    (id, managed) => inbox.assign(id, managed.body.assignee, managed.change),
  );
  work<{ text: string }>("comments", "Add a comment", object(["text"], { text: text(4000) }), (id, managed) =>
    inbox.comment(id, managed.body.text, managed.change),
  );
  work<Closing>(
    "close",
    "Close it, and say what it was",
    object(["reason"], {
      reason: { type: "string", enum: [...closureReasons] },
      comment: text(4000),
      days: { type: "integer", minimum: 1, maximum: longestVerdict },
    }),
    (id, managed) => {
      assertOther(id, managed);
      return inbox.close(id, managed.body, managed.change);
    },
  );
  work<{ accept: boolean }>(
    "decision",
    "Accept or decline what the policy proposes",
    object(["accept"], { accept: { type: "boolean" } }),
    (id, managed) => {
      assertOther(id, managed);
      return response.answer(id, managed.body.accept, managed.change);
    },
    "containment.manage",
  );
}
