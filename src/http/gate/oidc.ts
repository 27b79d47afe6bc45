/** Logging in by the identity provider. */
import type { FastifyRequest } from "fastify";
import { HoldfastError } from "../../core/index.ts";
import type { OidcLogin } from "../../gate/index.ts";
import type { Services } from "../services.ts";
import { boundLogin, cookieOf, setBinding, setCookie } from "./cookie.ts";
import type { Route } from "./route.ts";

/** The session's cookie is not sent along with a redirect from another site: the page goes on by itself. */
const onward =
  '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>Holdfast</title>';

export function registerOidc(route: Route, { gate }: Services): void {
  const provider = (): OidcLogin => {
    if (!gate.oidc) throw new HoldfastError("request/not-found");
    return gate.oidc;
  };
  route(
    {
      method: "GET",
      url: "/oidc/login",
      may: "public",
      summary: "Log in by the identity provider",
      answer: null,
      activity: "login",
    },
    async ({ request, reply }) => {
      const { url, binding } = await provider().begin(request.access.endpoints.src.ip ?? "");
      request.access.recorded = true; // nothing has happened yet
      return reply.header("set-cookie", setBinding(request, binding)).redirect(url);
    },
  );
  route(
    {
      method: "GET",
      url: "/oidc/callback",
      may: "public",
      summary: "The identity provider's answer",
      answer: null,
      activity: "login",
    },
    async ({ request, reply }) => {
      const principal = await provider().complete(queryOf(request), boundLogin(request) ?? "");
      const address = request.access.endpoints.src.ip;
      const { token } = gate.sessions.begin(
        { ...principal, ...(address === undefined ? {} : { address }) },
        cookieOf(request),
      );
      request.principal = principal; // for the event
      reply.header("set-cookie", [setCookie(request, token), setBinding(request, undefined)]);
      return reply.type("text/html").send(onward);
    },
  );
}

const queryOf = (request: FastifyRequest): string => request.raw.url!.split("?")[1] ?? "";
