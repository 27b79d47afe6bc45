import swagger from "@fastify/swagger";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { passedThrough, systemClock } from "../core/index.ts";
import { Access, endpointsOf, recordAccess } from "./access.ts";
import { registerApi } from "./api/index.ts";
import { documentOptions } from "./document.ts";
import { authorize, requirePolicies } from "./gate/index.ts";
import { makeGuard, securityHeaders } from "./guard.ts";
import { metricsOf } from "./metrics.ts";
import { registerMirror } from "./mirror/index.ts";
import { randomBoundary } from "./multipart/index.ts";
import { defaultHttpLimits, type HttpLimits, type HttpOptions } from "./options.ts";
import { registerPage } from "./page/index.ts";
import { HttpProblem, problemOf, sendProblem } from "./problem.ts";
import { registerQido } from "./qido/index.ts";
import { Renderer } from "./render/index.ts";
import { oneWrite } from "./send.ts";
import type { Services } from "./services.ts";
import { registerStow } from "./stow/index.ts";
import { onParserError, onRouterError } from "./unreadable.ts";
import { MetadataReader, registerWado } from "./wado/index.ts";
import { registerWitness } from "./witness/index.ts";

/** DICOMweb and the management API over one archive. The caller listens and closes. */
export async function createHttpServer(options: HttpOptions): Promise<FastifyInstance> {
  const limits = { ...defaultHttpLimits, ...options.limits };
  const services = makeServices(options, limits);
  const server = makeFastify(options, limits);
  server.server.maxConnections = limits.connections;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (_request, _payload, done) => done(null));
  // Schemas of answers document them; they are sent as they are.
  server.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  await server.register(swagger, documentOptions(services));
  requirePolicies(server, options.onRoute);
  addHooks(server, services, options);
  await server.register(async (routes) => {
    registerStow(routes, services);
    registerQido(routes, services);
    registerWado(routes, services);
    registerApi(routes, services);
    registerPage(routes);
    if (options.mirrored !== undefined) registerMirror(routes, services, options.mirrored);
    if (options.witness) registerWitness(routes, options.witness, "/witness");
  });
  server.addHook("onClose", () => services.renderer.close());
  return server;
}

function makeFastify({ tls, newId = randomBoundary }: HttpOptions, limits: HttpLimits): FastifyInstance {
  const http = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeout,
    // How often Node looks for heads that take too long.
    connectionsCheckingInterval: Math.ceil(limits.headersTimeout / 4),
  };
  const common = {
    logger: false,
    genReqId: () => newId(),
    bodyLimit: Number.MAX_SAFE_INTEGER,
    connectionTimeout: limits.idleTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    requestTimeout: 0,
    clientErrorHandler: onParserError,
    frameworkErrors: onRouterError,
    routerOptions: { maxParamLength: 4096 },
    return503OnClosing: true,
    forceCloseConnections: "idle" as const,
  };
  return tls
    ? (Fastify({ ...common, https: { ...tls, ...http } }) as unknown as FastifyInstance)
    : Fastify({ ...common, http });
}

function makeServices(options: HttpOptions, limits: HttpLimits): Services {
  const base = options.baseUrl?.replace(/\/+$/, "");
  return {
    archive: options.archive,
    ...(options.recovery ? { recovery: options.recovery } : {}),
    gate: options.gate,
    ...(options.response ? { response: options.response } : {}),
    clock: options.clock ?? systemClock,
    limits,
    log: options.log,
    metrics: metricsOf(options),
    ...(options.behaviour ? { behaviour: options.behaviour } : {}),
    renderer: new Renderer(limits),
    metadata: new MetadataReader(options.archive, limits),
    status: options.status,
    boundary: options.boundary ?? randomBoundary,
    baseUrl: (request: FastifyRequest) => base ?? `${request.protocol}://${request.host}`,
  };
}

/** Admission, guard, accounting and errors, for every route alike. */
function addHooks(server: FastifyInstance, services: Services, options: HttpOptions): void {
  const guard = makeGuard(options);
  const { limits, clock, metrics } = services;
  let active = 0;
  const finish = (request: FastifyRequest, reply: FastifyReply) => {
    active--;
    metrics.inProgress(-1);
    const route = request.routeOptions.url ?? "unknown";
    metrics.observe(route, request.method, reply.raw.statusCode, (clock() - request.access.startedAt) / 1000);
    if (request.access.asOf !== undefined) metrics.pastRead(route);
    recordAccess(services.archive, clock, request, reply);
    passedThrough(Math.min(request.access.bytesOut, oneWrite));
  };
  server.decorateRequest("access", null as unknown as Access);
  server.addHook("onRequest", (request, reply, done) => {
    request.access = new Access(clock(), endpointsOf(request.raw.socket));
    request.access.bytesIn = Number(request.headers["content-length"] ?? 0) || 0;
    active++;
    metrics.inProgress(1);
    // `close` comes once, whether the response was sent or the client went away.
    reply.raw.once("close", () => finish(request, reply));
    reply.headers(securityHeaders).header("x-request-id", request.id);
    if (active > limits.concurrentRequests && request.routeOptions.config.access) {
      return done(new HttpProblem(503, "request/busy", undefined, { "retry-after": "1" }));
    }
    guard(request);
    const waiting = authorize(services, request, reply);
    if (waiting) waiting.then(() => done(), done);
    else done();
  });
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    request.access.code = problem.code;
    if (problem.status >= 500)
      services.log.error(
        { request: request.id, code: problem.code, route: request.routeOptions.url },
        "request failed",
      );
    return sendProblem(reply, problem);
  });
  server.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, problemOf(new HttpProblem(404, "request/not-found"))),
  );
}
