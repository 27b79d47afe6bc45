/** Requests that are refused before any route sees them: the parser or the router cannot make sense of them. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import type { ErrorCode } from "../core/index.ts";
import { securityHeaders } from "./guard.ts";
import { HttpProblem, problemOf, sendProblem } from "./problem.ts";

const byParserCode: Record<string, [status: number, code: ErrorCode]> = {
  HPE_HEADER_OVERFLOW: [431, "request/too-large"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "request/timeout"],
};

/** Answers what the parser refused, and hangs up: where the next request would begin is unknown. */
export function onParserError(error: { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code] = byParserCode[error.code ?? ""] ?? [400, "request/invalid"];
  const { body } = problemOf(new HttpProblem(status, code));
  const fields = { ...securityHeaders, "content-type": "application/problem+json", connection: "close" };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join("")}${length}\r\n${body}`, () =>
    socket.destroy(),
  );
}

/** A path that the router cannot decode, or a parameter of it that is too long: never quoted back. */
export function onRouterError(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const long = error.statusCode === 414;
  const problem = long ? new HttpProblem(414, "request/too-large") : new HttpProblem(400, "request/invalid");
  sendProblem(reply.headers(securityHeaders), problemOf(problem));
}
