import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Archive, RequestContext } from "../archive/index.ts";
import {
  type AccessEvent,
  type Activity,
  type Clock,
  type Endpoint,
  type ErrorCode,
  type EventCount,
  type Resource,
  rfc3339,
  stranger,
} from "../core/index.ts";
import { actorOf, defaultTenant } from "../gate/index.ts";

/** What a route does, said once where it is declared; `self` marks those whose success the archive records itself. */
export interface Operation {
  activity: Activity;
  operation: string;
  protocol: "dicomweb" | "api";
}

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Operation;
  }
  interface FastifyRequest {
    access: Access;
  }
}

/** Gathers what one request touched; becomes at most one access event, when the response is over. */
export class Access {
  readonly startedAt: number;
  readonly endpoints: Endpoints;
  /** The archive has recorded this access itself (store, query, delete). */
  recorded = false;
  code: ErrorCode | undefined;
  resources: Resource[] | undefined;
  /** ms since 1970, when the past is read. */
  asOf: number | undefined;
  readonly count: EventCount = {};
  bytesIn = 0;
  bytesOut = 0;

  constructor(startedAt: number, endpoints: Endpoints) {
    this.startedAt = startedAt;
    this.endpoints = endpoints;
  }

  /** Notes that objects were given out. */
  gave(objects = 1): void {
    this.count.objects = (this.count.objects ?? 0) + objects;
  }
}

/** Who asks, as the archive wants it. */
export function contextOf(request: FastifyRequest, operation: Operation): RequestContext {
  const agent = request.headers["user-agent"];
  const tenant = request.principal?.tenant;
  return {
    actor: {
      ...(agent ? { app: agent.slice(0, 256) } : {}),
      ...(request.principal ? actorOf(request.principal) : { user: { ...stranger } }),
      ...(request.session ? { session: request.session.id } : {}),
    },
    ...request.access.endpoints,
    protocol: operation.protocol,
    operation: operation.operation,
    ...(tenant === undefined || tenant === defaultTenant ? {} : { tenant }),
  };
}

export interface Endpoints {
  src: Endpoint;
  dst: Endpoint;
}

const known = new WeakMap<Socket, Endpoints>();

/** Both ends of a connection, asked for while it stands. */
export function endpointsOf(socket: Socket): Endpoints {
  let endpoints = known.get(socket);
  if (!endpoints) {
    endpoints = {
      src: endpoint(socket.remoteAddress, socket.remotePort),
      dst: endpoint(socket.localAddress, socket.localPort),
    };
    known.set(socket, endpoints);
  }
  return endpoints;
}

function endpoint(address: string | undefined, port: number | undefined): Endpoint {
  return { ...(address ? { ip: plainAddress(address) } : {}), ...(port ? { port } : {}) };
}

/** Marks that the archive records the event of this access itself, and gives the context for it. */
export function handOver(request: FastifyRequest): RequestContext {
  request.access.recorded = true;
  return contextOf(request, request.routeOptions.config.access!);
}

/** Records the access when the response is over, unless the archive has done so. */
export function recordAccess(archive: Archive, clock: Clock, request: FastifyRequest, reply: FastifyReply): void {
  const operation = request.routeOptions.config.access;
  const access = request.access;
  if (!operation || access.recorded) return;
  const context = contextOf(request, operation);
  const complete = reply.raw.writableFinished;
  const status = outcomeOf(reply.raw.statusCode, complete, access);
  const event: AccessEvent = {
    time: rfc3339(access.startedAt),
    activity: operation.activity,
    status,
    status_code: String(reply.raw.statusCode),
    protocol: operation.protocol,
    operation: operation.operation,
    actor: context.actor,
    src_endpoint: context.src,
    traffic: { bytes_in: access.bytesIn, bytes_out: access.bytesOut },
    duration: clock() - access.startedAt,
  };
  if (context.tenant !== undefined) event.tenant = context.tenant;
  if (context.dst) event.dst_endpoint = context.dst;
  const code = access.code ?? (complete ? undefined : "request/cancelled");
  if (code) event.status_detail = code;
  if (access.asOf !== undefined) event.as_of = rfc3339(access.asOf);
  if (access.resources) event.resources = access.resources;
  if (access.count.objects !== undefined) event.count = access.count;
  archive.record(event);
}

function outcomeOf(statusCode: number, complete: boolean, access: Access): AccessEvent["status"] {
  if (!complete) return access.bytesOut > 0 ? "partial" : "failure";
  if (statusCode < 400) return access.code ? "partial" : "success";
  return denials.has(statusCode) ? "denied" : "failure";
}

/** Refused by policy or a limit rather than failed: 401, 403, 413, 421, 429, 431, 503. */
const denials = new Set([401, 403, 413, 421, 429, 431, 503]);

/** IPv4 addresses arrive as `::ffff:192.0.2.1` on a dual-stack socket. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
