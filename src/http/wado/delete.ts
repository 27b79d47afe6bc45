import type { FastifyReply, FastifyRequest } from "fastify";
import { HoldfastError } from "../../core/index.ts";
import { handOver } from "../access.ts";
import type { Services } from "../services.ts";
import { resourcePath, targetOf } from "../target.ts";

/** Hides a study, series or instance behind a tombstone; 204, or 404 when nothing of the kind is visible. */
export async function remove(_services: Services, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const target = targetOf(resourcePath(request));
  if ((await request.archive.resolve(target)).length === 0) throw new HoldfastError("request/not-found");
  await request.archive.delete(handOver(request), target);
  return reply.code(204).send();
}
