/**
 * Loaded (by preload.js) into every process that `npm test` starts, servers and commands included (NODE_OPTIONS in test/run.ts): tees logs,
 * metrics and errors at the places all of them pass, so that no test can forget to.
 */
import { subscribe } from "node:diagnostics_channel";
import type { FastifyInstance, FastifyReply } from "fastify";
import { HoldfastError } from "../../../src/core/index.ts";
import { folderVariable, markPrivate, trace } from "./traces.ts";

if (process.env[folderVariable] !== undefined) {
  collectLogs();
  collectErrors();
  collectAnswers();
  collectStandardError();
  // From the rooms' own test helpers, which know nothing outside src.
  subscribe("holdfast:test:private", (values) => markPrivate(...(values as string[])));
}

/** Every line of every pino logger. */
function collectLogs(): void {
  subscribe("tracing:pino_asJson:end", (message) => trace("logs", String((message as { result?: unknown }).result)));
}

/** Every error of ours, on whatever way it goes out: HTTP, DIMSE comment, command line, log. */
function collectErrors(): void {
  class Collected extends Error {
    constructor(message?: string, options?: ErrorOptions) {
      super(message, options);
      if (message !== undefined) trace("errors", message);
    }
  }
  Object.setPrototypeOf(HoldfastError, Collected);
  Object.setPrototypeOf(HoldfastError.prototype, Collected.prototype);
}

/** Refusals as they are sent, `/metrics` whenever it is read and once more when a server closes; secrets that are told. */
function collectAnswers(): void {
  subscribe("fastify.initialization", (message) => {
    const { fastify } = message as { fastify: FastifyInstance };
    let metrics: ((request: unknown, reply: unknown) => unknown) | undefined;
    fastify.addHook("onRoute", ({ url, method, handler }) => {
      if (url === "/metrics" && method === "GET") metrics = handler as typeof metrics;
    });
    fastify.addHook("onSend", async (request, reply, payload) => {
      const isDicom = String(reply.getHeader("content-type")).startsWith("application/dicom");
      // A sender is told of each of its instances that was refused (PS3.18 10.5.3): that is the answer, no error's text.
      if (reply.statusCode >= 400 && !isDicom) trace("errors", textOf(payload));
      else if (request.routeOptions.url === "/metrics") trace("metrics", textOf(payload));
      markCookies(reply);
      if (reply.statusCode < 400) markTold(request.method, textOf(payload));
      return payload;
    });
    fastify.addHook("preClose", async () => {
      // The handler itself, since a gate may stand before it.
      const reply = { header: () => ({ send: (text: string) => trace("metrics", text) }) };
      // An archive that a test has closed before its server has no figures.
      await Promise.resolve(metrics?.({}, reply)).catch(() => {});
    });
  });
}

const textOf = (payload: unknown): string =>
  typeof payload === "string" || Buffer.isBuffer(payload) ? payload.toString() : "";

function markCookies(reply: FastifyReply): void {
  for (const cookie of [reply.getHeader("set-cookie") ?? []].flat()) {
    const value = /^[^=]+=([^;]*)/.exec(String(cookie))?.[1] ?? "";
    if (value.length >= 16) markPrivate(value);
  }
}

/** Passwords, tokens and the like that an answer tells once. */
function markTold(method: string, text: string): void {
  if (method !== "POST") return;
  for (const [, value] of text.matchAll(/"(?:password|secret|token|csrf)":"([^"]{8,})"/g)) markPrivate(value!);
}

/** What a command or server tells its operator when something is wrong. */
function collectStandardError(): void {
  if (!/holdfast\.js$|src\/cli\/main\.ts$/.test(process.argv[1] ?? "")) return;
  const write = process.stderr.write.bind(process.stderr) as (...words: unknown[]) => boolean;
  process.stderr.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    trace("logs", typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
    return write(chunk, ...rest);
  }) as typeof process.stderr.write;
}
