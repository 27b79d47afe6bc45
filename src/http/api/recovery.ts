import type { FastifyInstance, FastifyRequest } from "fastify";
import type { OpenArchive } from "../../archive/index.ts";
import { assessorApart, suspicionBy, undo } from "../../archive/recovery/index.ts";
import { HoldfastError } from "../../core/index.ts";
import type { Suspicion } from "../../recovery/index.ts";
import { contextOf } from "../access.ts";
import { recoveryAnswers } from "../answers/index.ts";
import { maySeeAlert } from "../response/visible.ts";
import type { Services } from "../services.ts";
import { instantOf } from "../target.ts";

const querystring = {
  type: "object",
  additionalProperties: false,
  oneOf: [{ required: ["principal"] }, { required: ["incident"] }],
  properties: {
    principal: { type: "string", minLength: 1, maxLength: 256, description: "user:NAME, ae:TITLE, key:NAME, …" },
    incident: {
      type: "string",
      minLength: 1,
      maxLength: 256,
      description: "id of an incident or of one of its alerts",
    },
    from: { type: "string", format: "date-time" },
    to: { type: "string", format: "date-time" },
  },
};

/** `/api/v1/damage` and `/api/v1/undo`: one clinic at a time, that of who asks. */
export function registerRecovery(server: FastifyInstance, services: Services, archive: OpenArchive): void {
  const { clock, metrics } = services;
  const assessor = assessorApart(archive);
  type Operation = Parameters<typeof metrics.recovered>[0];
  const counted = async <T>(operation: Operation, work: () => Promise<T>, objects?: (done: T) => number) => {
    try {
      const done = await work();
      metrics.recovered(operation, "success", objects?.(done));
      return done;
    } catch (error) {
      metrics.recovered(operation, "failure");
      throw error;
    }
  };
  server.get(
    "/api/v1/damage",
    {
      config: { may: "recovery.read", access: { activity: "admin", operation: "damage", protocol: "api" } },
      schema: {
        tags: ["API"],
        summary: "What a principal, or those of an incident, read, changed and hid, and what provably not",
        querystring: {
          ...querystring,
          properties: {
            ...querystring.properties,
            only: {
              type: "string",
              enum: ["figures"],
              description: "without objects, searches and patients one by one",
            },
          },
        },
        response: { 200: recoveryAnswers.damage },
      },
    },
    (request) =>
      counted("damage", async () => {
        await archive.flush();
        const { only } = request.query as { only?: "figures" };
        return assessor.report(suspicionOf(request, services), request.tenant, only);
      }),
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
        summary: "Put back what a principal, or those of an incident, changed; tells, does with apply",
        querystring: undoQuery,
        response: { 200: recoveryAnswers.undone },
      },
    },
    (request) => {
      const apply = (request.query as { apply?: string }).apply === "true";
      const work = async () =>
        undo({
          archive,
          assessor,
          context: contextOf(request, request.routeOptions.config.access!),
          suspicion: suspicionOf(request, services),
          tenant: request.tenant,
          clock,
          id: request.id,
          apply,
        });
      return counted(apply ? "undo" : "undo plan", work, ({ applied }) => applied);
    },
  );
}

function suspicionOf(request: FastifyRequest, { clock, response }: Services): Suspicion {
  const { principal, incident, from, to } = request.query as Record<"principal" | "incident" | "from" | "to", string>;
  const span = {
    ...(from === undefined ? {} : { from: instantOf(from, "from") }),
    ...(to === undefined ? {} : { to: instantOf(to, "to") }),
  };
  if (incident === undefined) return suspicionBy({ named: principal, ...span }, [], clock());
  const alerts = (response?.inbox.all() ?? []).filter((alert) => maySeeAlert(request.principal, alert));
  const known = alerts.filter((alert) => alert.incident === incident || alert.id === incident);
  if (known.length === 0) throw new HoldfastError("request/not-found");
  return suspicionBy({ named: incident, ...span }, alerts, clock());
}
