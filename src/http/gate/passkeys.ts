/** Passkeys: made by a person who is logged in, used in the place of password and code. */

import type { FastifyRequest } from "fastify";
import { HoldfastError } from "../../core/index.ts";
import type { Principal, Site } from "../../gate/index.ts";
import { gateAnswers } from "../answers/index.ts";
import type { Services } from "../services.ts";
import { cookieOf, setCookie } from "./cookie.ts";
import { type Route, recorded } from "./route.ts";

/** What the browser answers; the library judges it. */
const answer = { type: "object", required: ["id", "response"] };

const addressOf = ({ access }: FastifyRequest): string => access.endpoints.src.ip ?? "";

export function registerPasskeys(route: Route, services: Services): void {
  const { gate } = services;
  const siteOf = (request: FastifyRequest): Site => {
    const { origin, hostname } = new URL(services.baseUrl(request));
    return { origin, host: hostname };
  };
  /** Passkeys belong to local accounts. */
  const nameOf = ({ id }: Principal): string => {
    if (!id.startsWith("user:")) throw new HoldfastError("request/unsupported", "This login has no local account.");
    return id.slice("user:".length);
  };
  route(
    {
      method: "POST",
      url: "/passkeys/options",
      may: "account.own",
      summary: "Begin to make a passkey",
      answer: gateAnswers.passkeyOptions,
    },
    ({ principal, request }) => gate.users.passkeyCreation(nameOf(principal), siteOf(request), addressOf(request)),
  );
  route<object>(
    { method: "POST", url: "/passkeys", may: "account.own", summary: "Keep the passkey made", body: answer },
    async ({ body, principal, request, change }) => {
      await gate.users.addPasskey(nameOf(principal), body, siteOf(request), change);
      recorded(request);
    },
  );
  route(
    {
      method: "POST",
      url: "/session/passkey/options",
      may: "public",
      summary: "Begin to log in by passkey",
      answer: gateAnswers.passkeyOptions,
      activity: "login",
    },
    ({ request }) => {
      request.access.recorded = true; // nothing has happened yet
      return gate.users.passkeyRequest(siteOf(request), addressOf(request));
    },
  );
  route<{ id: string }>(
    {
      method: "POST",
      url: "/session/passkey",
      may: "public",
      summary: "Log in by passkey",
      answer: gateAnswers.loggedIn,
      body: answer,
      activity: "login",
    },
    async ({ body, request, reply }) => {
      const address = addressOf(request);
      const principal = await gate.users.loginByPasskey(String(body.id), body, siteOf(request), address);
      const { token, session } = gate.sessions.begin(principal, cookieOf(request));
      recorded(request);
      reply.header("set-cookie", setCookie(request, token));
      const { id, name, roles, tenant, method } = principal;
      return { principal: { id, name, roles, tenant, method }, csrf: session.csrf };
    },
  );
}
