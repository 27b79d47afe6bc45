/** Logging in and out, and who is logged in. */

import { HoldfastError } from "../../core/index.ts";
import type { Principal, Session } from "../../gate/index.ts";
import { gateAnswers, list } from "../answers/index.ts";
import type { Services } from "../services.ts";
import { cookieOf, setCookie } from "./cookie.ts";
import { object, type Route, recorded, text, visible } from "./route.ts";

const login = object(["user", "password", "code"], { user: text(64), password: text(1024), code: text(6) });

const self = ({ id, name, roles, tenant, method }: Principal) => ({ id, name, roles, tenant, method });

export function registerSessions(route: Route, services: Services): void {
  const { gate } = services;
  route(
    { method: "GET", url: "/session", may: "public", summary: "Who I am", answer: gateAnswers.whoAmI },
    ({ principal, request }) => {
      if (principal.method === "none") return { principal: null, oidc: gate.oidc !== undefined };
      const csrf = request.session ? { csrf: request.session.csrf } : {};
      return { principal: self(principal), may: gate.permitted(principal), ...csrf };
    },
  );
  route<{ user: string; password: string; code: string }>(
    {
      method: "POST",
      url: "/session",
      may: "public",
      summary: "Log in",
      answer: gateAnswers.loggedIn,
      body: login,
      activity: "login",
    },
    async ({ body, request, reply }) => {
      const address = request.access.endpoints.src.ip ?? "";
      const principal = await gate.users.login(body.user, body.password, body.code, address);
      const { token, session } = gate.sessions.begin(principal, cookieOf(request));
      recorded(request);
      reply.header("set-cookie", setCookie(request, token));
      return { principal: self(principal), csrf: session.csrf };
    },
  );
  route(
    { method: "DELETE", url: "/session", may: "account.own", summary: "Log out", activity: "logout" },
    ({ request, reply }) => {
      const token = cookieOf(request);
      if (token !== undefined) gate.sessions.end(token);
      reply.header("set-cookie", setCookie(request, undefined));
    },
  );
  route(
    {
      method: "GET",
      url: "/sessions",
      may: "sessions.read",
      summary: "Who is logged in",
      answer: list("sessions", gateAnswers.session),
    },
    ({ principal }) => ({
      sessions: visible(gate.sessions.all().map(factsOf), principal),
    }),
  );
  route(
    { method: "DELETE", url: "/sessions/:id", may: "sessions.manage", summary: "End a login" },
    ({ parameters, principal }) => {
      const seen = visible(gate.sessions.all().map(factsOf), principal);
      if (!seen.some(({ id }) => id === parameters["id"])) throw new HoldfastError("request/not-found");
      gate.sessions.endAll(({ id }) => id === parameters["id"]);
    },
  );
}

const factsOf = ({ id, principal, since, lastSeen }: Session) => ({
  id,
  principal: principal.id,
  tenant: principal.tenant,
  address: principal.address,
  since,
  lastSeen,
});
