import type { FastifyInstance } from "fastify";
import { rfc3339 } from "../../core/index.ts";
import type { MirrorStatus, RestoreStatus } from "../options.ts";
import type { Services } from "../services.ts";

/** What anybody may know of a mirror: figures, never where its origin is. */
const mirrorFacts = ({ from: _, time, ...facts }: MirrorStatus) => ({
  ...facts,
  ...(time === undefined ? {} : { time: rfc3339(time) }),
});

const restoreFacts = ({ from: _, ...facts }: RestoreStatus) => facts;

/** Liveness, readiness and metrics: the paths monitors expect. None of them holds patient data. */
export function registerHealth(server: FastifyInstance, services: Services): void {
  server.get(
    "/healthz",
    { config: { may: "public" }, schema: { tags: ["Health"], summary: "The process is alive" } },
    () => ({ ok: true }),
  );
  server.get(
    "/readyz",
    {
      config: { may: "public" },
      schema: {
        tags: ["Health"],
        summary: "Storage is writable and the journal going; with=behaviour: the engine keeps up, too",
        querystring: { type: "object", properties: { with: { type: "string", enum: ["behaviour"] } } },
      },
    },
    (request, reply) => {
      const { ok: stores, code } = services.archive.health();
      const watches = watching(services);
      const asked = (request.query as { with?: string }).with === "behaviour";
      const { mirror, restore } = services.status();
      // A mirror is ready once it has something to show, whether its origin is there or not.
      const ok = stores && mirror?.entries !== 0 && (watches || !asked);
      return reply.code(ok ? 200 : 503).send({
        ok,
        stores,
        watches,
        ...(code === undefined ? {} : { code }),
        ...(mirror ? { mirror: mirrorFacts(mirror) } : {}),
        ...(restore ? { restore: restoreFacts(restore) } : {}),
      });
    },
  );
  server.get(
    "/metrics",
    { config: { may: "metrics" }, schema: { tags: ["Health"], summary: "Prometheus metrics" } },
    async (_request, reply) => {
      const { registry } = services.metrics;
      return reply.header("content-type", registry.contentType).send(await registry.metrics());
    },
  );
}

/** ms without an assessment while entries wait. */
const longestPause = 10_000;

/** Care goes on without the engine: whoever routes clients by readiness must not ask for it. */
function watching({ behaviour, clock }: Services): boolean {
  if (!behaviour) return false;
  const { running, lag, lastAssessed = 0 } = behaviour.state();
  return running && (lag === 0 || clock() - lastAssessed < longestPause);
}
