/** A witness alone: a process that holds no archive. */
import type { TlsOptions } from "node:tls";
import Fastify, { type FastifyInstance } from "fastify";
import type { Witness } from "../../vault/witness/index.ts";
import { securityHeaders } from "../guard.ts";
import { defaultHttpLimits, type Log } from "../options.ts";
import { problemOf, sendProblem } from "../problem.ts";
import { onParserError, onRouterError } from "../unreadable.ts";
import { registerWitness } from "./routes.ts";

/** The caller listens and closes. */
export function createWitnessServer(witness: Witness, log: Log, tls?: TlsOptions): FastifyInstance {
  const { headerBytes, headersTimeout, idleTimeout, keepAliveTimeout, connections } = defaultHttpLimits;
  const common = {
    logger: false,
    connectionTimeout: idleTimeout,
    keepAliveTimeout,
    requestTimeout: idleTimeout,
    clientErrorHandler: onParserError,
    frameworkErrors: onRouterError,
    forceCloseConnections: "idle" as const,
  };
  const http = { maxHeaderSize: headerBytes, headersTimeout };
  const server = tls
    ? (Fastify({ ...common, https: { ...tls, ...http } }) as unknown as FastifyInstance)
    : Fastify({ ...common, http });
  server.server.maxConnections = connections;
  server.addHook("onRequest", (_request, reply, done) => {
    reply.headers(securityHeaders);
    done();
  });
  server.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) log.error({ code: problem.code }, "request failed");
    return sendProblem(reply, problem);
  });
  registerWitness(server, witness, "");
  return server;
}
