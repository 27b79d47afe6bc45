import type { FastifyReply } from "fastify";
import { codeOf, type ErrorCode, errorCodes, HoldfastError } from "../core/index.ts";

/** A refusal whose HTTP status is not the usual one of its code, or which needs header fields. */
export class HttpProblem extends HoldfastError {
  readonly status: number;
  readonly headers: Record<string, string>;
  constructor(status: number, code: ErrorCode, detail?: string, headers: Record<string, string> = {}) {
    super(code, detail);
    this.name = "HttpProblem";
    this.status = status;
    this.headers = headers;
  }
}

const statuses: Partial<Record<ErrorCode, number>> = {
  "object/too-large": 413,
  "request/not-found": 404,
  "request/not-acceptable": 406,
  "request/unsupported": 501,
  "request/media-type": 415,
  "request/too-large": 413,
  "request/cancelled": 499,
  "request/timeout": 408,
  "request/busy": 503,
  "request/conflict": 409,
  "request/denied": 403,
  "gate/unauthenticated": 401,
  "gate/reauthenticate": 401,
  "gate/unknown-peer": 403,
  "gate/spoofed": 403,
  "gate/rate-limit": 429,
  "gate/unknown-tenant": 409,
  "gate/second-person": 409,
  "gate/last-administrator": 409,
  "gate/forged": 403,
  "render/unsupported": 406,
  "render/failed": 422,
  "render/limit": 422,
  "mirror/read-only": 403,
  "storage/retention": 409,
  "storage/hold": 409,
  "storage/collected": 410,
  "storage/erased": 410,
  "storage/full": 507,
};

/** The HTTP status of a stable error code. */
export function statusOf(code: ErrorCode): number {
  const status = statuses[code];
  if (status !== undefined) return status;
  if (code.startsWith("object/") || code.startsWith("request/")) return 400;
  if (code.startsWith("gate/")) return 403;
  if (code.startsWith("storage/")) return 503;
  return 500;
}

export interface Problem {
  status: number;
  code: ErrorCode;
  headers: Record<string, string>;
  /** RFC 9457 problem details; holds no patient data. */
  body: string;
}

/** Any thrown value as problem details. Only our own errors keep their detail: others may quote data. */
export function problemOf(error: unknown): Problem {
  const own = error instanceof HoldfastError;
  const code = own ? error.code : (frameworkCode(error) ?? codeOf(error));
  const status = error instanceof HttpProblem ? error.status : statusOf(code);
  const headers: Record<string, string> = error instanceof HttpProblem ? { ...error.headers } : {};
  if (status === 503) headers["retry-after"] ??= "5";
  const detail = own ? error.detail : undefined;
  const body = JSON.stringify({
    type: `urn:holdfast:${code.replace("/", ":")}`,
    title: errorCodes[code],
    status,
    ...(detail === undefined ? {} : { detail }),
    code,
  });
  return { status, code, headers, body };
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header("content-type", "application/problem+json")
    .send(Buffer.from(problem.body));
}

/** Errors the framework raises itself (bad URL, unknown media type, body too large). */
function frameworkCode(error: unknown): ErrorCode | undefined {
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  if (typeof status !== "number" || status < 400 || status >= 500) return undefined;
  if (status === 413) return "request/too-large";
  if (status === 415) return "request/media-type";
  if (status === 404) return "request/not-found";
  return "request/invalid";
}
