/** The gate at the HTTP door: each request becomes a principal and is decided before anything is touched. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Archive } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import {
  type Action,
  type ActionObject,
  type Decision,
  Denied,
  isLoopbackAddress,
  type Permit,
  type Principal,
  type Quarantine,
  type Session,
  type Shown,
  sameText,
  tenantPattern,
} from "../../gate/index.ts";
import type { Services } from "../services.ts";
import { cookieOf } from "./cookie.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The action of the policy that the route is; `public` needs nobody. A route without one is refused at the start. */
    may?: Action | "public";
  }
  interface FastifyRequest {
    principal: Principal;
    /** The login behind the cookie, when that is what identified the principal. */
    session: Session | undefined;
    decision: Decision | undefined;
    /**
     * Decides again within a long request, for whoever it shows by now.
     * @param counts it is as good as another operation, where a containment limits how many there are
     * @throws HoldfastError gate/*
     */
    stillMay(counts?: boolean): Permit | Quarantine;
    /** The clinic that it is about: the principal's, unless those who run the archive name another. */
    tenant: string;
    /** The archive as that clinic sees it. */
    archive: Archive;
  }
}

/** Every route must say what it is; one that does not never goes into service. */
export function requirePolicies(
  server: FastifyInstance,
  told?: (route: { method: string; url: string; may: Action | "public" }) => void,
): void {
  server.addHook("onRoute", ({ url, method, config }) => {
    if (config?.may === undefined)
      throw new HoldfastError("internal/error", `The route ${method} ${url} names no action of the policy.`);
    told?.({ method: String(method), url, may: config.may });
  });
  server.decorateRequest("stillMay", () => ({ effect: "permit", watch: false }));
  for (const name of ["principal", "session", "decision", "tenant", "archive"] as const)
    server.decorateRequest(name, null as never);
}

/** At once, or when it is known whom it is about. @throws HoldfastError gate/* */
export function authorize(services: Services, request: FastifyRequest, reply: FastifyReply): Promise<void> | undefined {
  const { gate, archive } = services;
  const shown = shownBy(request);
  const { principal, session } = gate.resolve(shown);
  request.principal = principal;
  request.session = session;
  request.tenant = principal.tenant;
  request.archive = archive.tenant(principal.tenant);
  const { may } = request.routeOptions.config;
  if (request.is404 || may === undefined || may === "public") return undefined;
  const { tenant = principal.tenant } = shown;
  const restraint = gate.restraint(principal, may, tenant);
  if (!restraint) return permit(services, request, reply, shown, may, { tenant });
  return patientsOf(request).then((patients) =>
    permit(services, request, reply, shown, may, {
      tenant,
      onTreatment: gate.onTreatment.has(tenant, patients, restraint.since),
    }),
  );
}

/** @throws HoldfastError gate/* */
function permit(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: Shown,
  may: Action,
  object: ActionObject & { tenant: string },
): undefined {
  const { gate } = services;
  const { principal, session } = request;
  request.stillMay = (counts) => gate.requireAgain(gate.resolve(shown).principal, may, object, counts);
  try {
    request.decision = gate.require(principal, may, object);
    if (object.tenant !== principal.tenant) actIn(object.tenant, services, request);
    if (session && changes(request) && !sameText(String(request.headers["x-csrf-token"] ?? ""), session.csrf))
      throw new HoldfastError("gate/forged");
  } catch (error) {
    if (error instanceof Denied)
      services.log.warn({ request: request.id, code: error.code, reason: error.denial.reason }, "denied");
    if (error instanceof HoldfastError && error.code === "gate/unauthenticated")
      reply.header("www-authenticate", "Bearer");
    throw error;
  }
  return undefined;
}

/** Patient IDs of whom a request is about, as far as it names a study or a patient; empty: it may be about anybody. */
async function patientsOf({ params, query, archive }: FastifyRequest): Promise<string[]> {
  const { study } = params as { study?: string };
  const asked = query as Record<string, unknown>;
  const uid = study ?? asked["StudyInstanceUID"] ?? asked["0020000D"];
  if (typeof uid === "string" && /^[0-9.]{1,64}$/.test(uid))
    return [...new Set((await archive.resolve({ studyUid: [uid] })).map(({ patientId }) => patientId))];
  const patient = asked["PatientID"] ?? asked["00100020"];
  return typeof patient === "string" && !/[*?\\,]/.test(patient) ? [patient] : [];
}

/** @throws HoldfastError gate/unknown-tenant */
function actIn(tenant: string, { gate, archive }: Services, request: FastifyRequest): void {
  if (!gate.tenants.get(tenant)) throw new HoldfastError("gate/unknown-tenant");
  request.tenant = tenant;
  request.archive = archive.tenant(tenant);
}

const changes = ({ method }: FastifyRequest): boolean => method !== "GET" && method !== "HEAD";

/** What the request shows of who sends it. Behind a proxy nobody is local, whatever the connection says. */
export function shownBy(request: FastifyRequest): Shown {
  const { headers, raw, access } = request;
  const address = access.endpoints.src.ip ?? "";
  const forwarded = headers.forwarded ?? headers["x-forwarded-for"] ?? headers["x-real-ip"];
  const token = /^Bearer ([\w-]{1,256})$/i.exec(headers.authorization ?? "")?.[1];
  const cookie = cookieOf(request);
  const certificate = certificateOf(raw.socket);
  const tenant = headers["x-holdfast-tenant"];
  if (tenant !== undefined && !tenantPattern.test(String(tenant)))
    throw new HoldfastError("request/invalid", "X-Holdfast-Tenant is the name of one tenant.");
  return {
    address,
    isLocal: isLoopbackAddress(address) && forwarded === undefined,
    ...(headers.authorization === undefined ? {} : { token: token ?? "" }),
    ...(cookie === undefined ? {} : { cookie }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(typeof tenant === "string" ? { tenant } : {}),
  };
}

/** SHA-256 of the client's certificate, when it was verified. */
function certificateOf(socket: unknown): string | undefined {
  const tls = socket as { authorized?: boolean; getPeerCertificate?(): { fingerprint256?: string } };
  if (!tls.authorized) return undefined;
  return tls.getPeerCertificate?.().fingerprint256?.replaceAll(":", "").toLowerCase();
}
