import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Recoverable } from "../../archive/index.ts";
import { assess, undo } from "../../archive/recovery/index.ts";
import { parseSelector, reportOf, type Suspicion } from "../../recovery/index.ts";
import { contextOf } from "../access.ts";
import { recoveryAnswers } from "../answers/index.ts";
import type { Services } from "../services.ts";
import { instantOf } from "../target.ts";

const querystring = {
  type: "object",
  additionalProperties: false,
  required: ["principal"],
  properties: {
    principal: { type: "string", minLength: 1, maxLength: 256, description: "user:NAME, ae:TITLE, key:NAME, …" },
    from: { type: "string", format: "date-time" },
    to: { type: "string", format: "date-time" },
  },
};

/** `/api/v1/damage` and `/api/v1/undo`: one clinic at a time, that of who asks. */
export function registerRecovery(server: FastifyInstance, services: Services, archive: Recoverable): void {
  const { clock } = services;
  server.get(
    "/api/v1/damage",
    {
      config: { may: "recovery.read", access: { activity: "admin", operation: "damage", protocol: "api" } },
      schema: {
        tags: ["API"],
        summary: "What a principal read, changed and hid, and what provably not",
        querystring,
        response: { 200: recoveryAnswers.damage },
      },
    },
    async (request) => reportOf(await assess(archive, suspicionOf(request, clock()), request.tenant)),
  );
  const undoQuery = {
    ...querystring,
    properties: { ...querystring.properties, apply: { type: "string", enum: ["true", "false"] } },
  };
  server.post(
    "/api/v1/undo",
    {
      config: { may: "recovery.manage", access: { activity: "admin", operation: "undo", protocol: "api" } },
      schema: {
        tags: ["API"],
        summary: "Put back what a principal changed; tells, does with apply",
        querystring: undoQuery,
        response: { 200: recoveryAnswers.undone },
      },
    },
    (request) =>
      undo({
        archive,
        context: contextOf(request, request.routeOptions.config.access!),
        suspicion: suspicionOf(request, clock()),
        tenant: request.tenant,
        clock,
        id: request.id,
        apply: (request.query as { apply?: string }).apply === "true",
      }),
  );
}

function suspicionOf(request: FastifyRequest, now: number): Suspicion {
  const { principal, from, to } = request.query as { principal: string; from?: string; to?: string };
  return {
    principal: parseSelector(principal),
    from: from === undefined ? 0 : instantOf(from, "from"),
    to: to === undefined ? now : instantOf(to, "to"),
  };
}
