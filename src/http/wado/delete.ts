import type { FastifyReply, FastifyRequest } from "fastify";
import { HoldfastError } from "../../core/index.ts";
import { handOver } from "../access.ts";
import type { Services } from "../services.ts";
import { resourcePath, targetOf } from "../target.ts";
import { Turns } from "./turns.ts";

/**
 * Hides a study, series or instance behind a tombstone; 204, or 404 when nothing of the kind is visible. Deletions of one
 * principal are taken one after the other, and each is decided when its turn comes: many that were sent at once, or ahead
 * on one connection, do not all pass before the first has been looked at.
 */
export function makeRemove(): (
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply> {
  const turns = new Turns();
  return async (_services, request, reply) => {
    const target = targetOf(resourcePath(request));
    if ((await request.archive.resolve(target)).length === 0) throw new HoldfastError("request/not-found");
    await turns.take(request.principal.id, async () => {
      request.stillMay();
      await request.archive.delete(handOver(request), target);
    });
    return reply.code(204).send();
  };
}
