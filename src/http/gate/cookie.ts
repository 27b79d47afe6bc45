/** The session's cookie. Over TLS its name binds it to this host and to TLS (RFC 6265bis, `__Host-`). */
import type { FastifyRequest } from "fastify";

const nameOf = (request: FastifyRequest): string => (request.protocol === "https" ? "__Host-holdfast" : "holdfast");

/** The token shown; undefined when there is none. */
export function cookieOf(request: FastifyRequest): string | undefined {
  return shown(request, nameOf(request));
}

function shown(request: FastifyRequest, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** The `Set-Cookie` field that gives the token, or takes it away. */
export function setCookie(request: FastifyRequest, token: string | undefined): string {
  const attributes = ["Path=/", "HttpOnly", "SameSite=Strict"];
  if (request.protocol === "https") attributes.push("Secure");
  if (token === undefined) attributes.push("Max-Age=0");
  return [`${nameOf(request)}=${token ?? ""}`, ...attributes].join("; ");
}

/** Ties a login at the identity provider to the browser that began it: sent along when the provider sends it back. */
const bindingName = "holdfast-login";

export function boundLogin(request: FastifyRequest): string | undefined {
  return shown(request, bindingName);
}

export function setBinding(request: FastifyRequest, binding: string | undefined): string {
  const secure = request.protocol === "https" ? ["Secure"] : [];
  const age = binding === undefined ? 0 : 600;
  return [
    `${bindingName}=${binding ?? ""}`,
    "Path=/api/v1/oidc",
    "HttpOnly",
    "SameSite=Lax",
    `Max-Age=${age}`,
    ...secure,
  ].join("; ");
}
