import type { FastifyRequest } from "fastify";
import { type MediaRange, parseAccept } from "./media.ts";

/** What the client accepts, best first: the `accept` query parameter stands before the Accept field (PS3.18 8.7.5). */
export function accepted(request: FastifyRequest): MediaRange[] {
  const parameter = (request.query as Record<string, unknown>)["accept"];
  if (typeof parameter === "string") return parseAccept(parameter);
  return parseAccept(request.headers.accept);
}
