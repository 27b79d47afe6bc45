/** What the management routes have in common: JSON bodies with a schema, an action, an event. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HoldfastError } from "../../core/index.ts";
import { type Action, type Change, defaultTenant, type Principal, platformRoles } from "../../gate/index.ts";
import { handOver } from "../access.ts";
import { done as isDone } from "../answers/index.ts";
import type { Services } from "../services.ts";

export interface Managed<Body, Parameters> {
  body: Body;
  parameters: Parameters;
  /** The tenant asked about, for those that see several. */
  request: FastifyRequest;
  reply: FastifyReply;
  principal: Principal;
  change: Change;
}

export interface RouteOptions {
  method: "GET" | "POST" | "PUT" | "DELETE";
  url: string;
  may: Action | "public";
  summary: string;
  /** JSON Schema of the body. */
  body?: Record<string, unknown>;
  /** JSON Schemas of the query's parameters. */
  query?: Record<string, unknown>;
  /** JSON Schema of what it answers with 200; absent: `{"ok":true}`. Null: it answers otherwise, with 302 say. */
  answer?: Record<string, unknown> | null;
  activity?: "admin" | "login" | "logout";
}

export type Route = <Body = undefined, Parameters = Record<string, string>>(
  options: RouteOptions,
  handler: (managed: Managed<Body, Parameters>) => unknown,
) => void;

export const text = (maxLength = 256) => ({ type: "string", minLength: 1, maxLength }) as const;
export const texts = (maxItems = 1000) => ({ type: "array", maxItems, items: text() }) as const;
export const object = (required: string[], properties: Record<string, unknown>) => ({
  type: "object",
  additionalProperties: false,
  required,
  properties,
});

const bodyLimit = 256 * 1024; // bytes

/** Makes routes on a server of their own, which alone reads JSON. */
export function managementRoutes(server: FastifyInstance): Route {
  server.addContentTypeParser("application/json", { parseAs: "string", bodyLimit }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string));
    } catch {
      done(new HoldfastError("request/invalid", "The body is no JSON."), undefined);
    }
  });
  return (options, handler) => {
    const { method, url, may, summary, activity = "admin" } = options;
    const operation = `${method} ${url}`;
    server.route({
      method,
      url: `/api/v1${url}`,
      config: { may, access: { activity, operation, protocol: "api" } },
      schema: { tags: ["Management"], summary, ...schemasOf(options) },
      handler: async (request, reply) => {
        const { principal } = request;
        const { src } = request.access.endpoints;
        const change: Change = { by: principal, protocol: "api", operation, src };
        const parameters = request.params as never;
        const answer = await handler({ body: request.body as never, parameters, request, reply, principal, change });
        return reply.sent || answer === reply ? reply : reply.send(answer ?? { ok: true });
      },
    });
  };
}

function schemasOf({ body, query, answer = isDone }: RouteOptions): Record<string, unknown> {
  return {
    ...(body ? { body } : {}),
    ...(query ? { querystring: { type: "object", properties: query } } : {}),
    ...(answer ? { response: { 200: answer } } : {}),
  };
}

/** What was changed has its event in the journal together with the change. */
export function recorded(request: FastifyRequest): void {
  handOver(request);
}

/** Whether the principal may know of what belongs to one of these tenants. */
export function sees(principal: Principal, ...tenants: (string | undefined)[]): boolean {
  return principal.roles.some((role) => platformRoles.has(role)) || tenants.includes(principal.tenant);
}

/** Those of a list that the principal may know of. What names no tenant belongs to the default one. */
export function visible<T extends { tenant?: string }>(list: T[], principal: Principal): T[] {
  return list.filter(({ tenant = defaultTenant }) => sees(principal, tenant));
}

/** Decides again, now that it is known whose it is. @throws HoldfastError gate/tenant */
export function within(
  { gate }: Services,
  principal: Principal,
  action: Action,
  ...tenants: (string | undefined)[]
): void {
  for (const tenant of tenants) if (tenant !== undefined) gate.require(principal, action, { tenant });
}

/** What a vendor never does, with an open session either. @throws HoldfastError gate/role */
export function assertOfTheHouse({ kind, vendor }: Principal): void {
  if (kind === "vendor" || vendor !== undefined) throw new HoldfastError("gate/role");
}
