import type { FastifyInstance } from "fastify";
import type { Services } from "../services.ts";

/** Liveness, readiness and metrics: the paths monitors expect. None of them holds patient data. */
export function registerHealth(server: FastifyInstance, services: Services): void {
  server.get(
    "/healthz",
    { config: { may: "public" }, schema: { tags: ["Health"], summary: "The process is alive" } },
    () => ({ ok: true }),
  );
  server.get(
    "/readyz",
    { config: { may: "public" }, schema: { tags: ["Health"], summary: "Storage is writable and the journal going" } },
    (_request, reply) => {
      const { ok, code } = services.archive.health();
      return reply.code(ok ? 200 : 503).send({ ok, ...(code === undefined ? {} : { code }) });
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
