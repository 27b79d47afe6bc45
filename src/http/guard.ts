import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import type { HttpOptions } from "./options.ts";
import { HttpProblem } from "./problem.ts";

/** On every response: nothing is cached, sniffed, framed, or read from another origin. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Checks that a request is meant for this server and, when it changes something, does not come from another site's page. */
export type Guard = (request: FastifyRequest) => void;

/**
 * Without a login a browser on this machine is the only wall between a foreign web page and the archive:
 * - a host name that is not ours means DNS rebinding (421);
 * - a field that says who or where and is there twice is refused (400): a proxy may have read the other;
 * - a body that would have to be unpacked first is not taken (415): nobody needs it, and it may be a bomb;
 * - a state change whose Origin or Sec-Fetch-Site is another site means request forgery (403).
 * Programs send neither field and pass.
 */
export function makeGuard(options: Pick<HttpOptions, "baseUrl" | "hosts">): Guard {
  const names = new Set(["localhost", ...(options.hosts ?? []).map((host) => host.toLowerCase())]);
  const origins = new Set<string>();
  if (options.baseUrl !== undefined) {
    const base = new URL(options.baseUrl);
    names.add(base.hostname.toLowerCase());
    origins.add(base.origin);
  }
  return (request) => {
    assertOnce(request.raw.rawHeaders);
    const host = request.headers.host ?? "";
    if (!isOurs(host, names)) {
      throw new HttpProblem(421, "request/denied", "The Host field names no host of this server.");
    }
    const encoding = request.headers["content-encoding"] ?? "identity";
    if (encoding !== "identity")
      throw new HttpProblem(415, "request/media-type", "Bodies are sent as they are, without Content-Encoding.");
    if (request.method === "GET" || request.method === "HEAD") return;
    const site = request.headers["sec-fetch-site"];
    const origin = request.headers.origin;
    const sameOrigin = origin === undefined || origins.has(origin) || authority(origin) === host.toLowerCase();
    if ((site !== undefined && site !== "same-origin" && site !== "none") || !sameOrigin) {
      throw new HttpProblem(403, "request/denied", "Requests from another site's pages may change nothing.");
    }
  };
}

/** Who asks, of what host, from which page: RFC 9110 5.3 and RFC 9112 3.2 allow each of them once. */
const onceOnly = new Set([
  "host",
  "authorization",
  "content-type",
  "origin",
  "sec-fetch-site",
  "x-csrf-token",
  "x-holdfast-tenant",
]);

/** Of two that differ another reader may have taken the other. @throws HttpProblem 400 */
function assertOnce(rawHeaders: readonly string[]): void {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (!onceOnly.has(name)) continue;
    if (seen.has(name)) throw new HttpProblem(400, "request/invalid", "A field is there twice.");
    seen.add(name);
  }
}

function isOurs(host: string, names: Set<string>): boolean {
  const name = host.replace(/:\d{1,5}$/, "").toLowerCase();
  return names.has(name) || isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;
}

function authority(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
}
