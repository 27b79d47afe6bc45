/**
 * The management API for commands: of a running server, or of a data folder that no server holds. Both speak the same
 * routes, so that what may be done, and how it is checked and recorded, is said once.
 */
import { hostname, userInfo } from "node:os";
import { type ErrorCode, errorCodes, HoldfastError } from "../../core/index.ts";
import { local } from "../../gate/index.ts";
import { createHttpServer } from "../../http/index.ts";
import type { Config } from "../config/index.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { version } from "../program/version.ts";
import { openConfigured } from "./archive.ts";
import { openGate } from "./gate.ts";

export interface AdminClient extends AsyncDisposable {
  /** `path` below /api/v1. @throws HoldfastError with the server's code */
  ask(method: "GET" | "PUT" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown>;
}

/** Whoever holds the folder and its keys administers it: this is the way back in when no login is left. */
export async function localAdmin(
  config: Config,
  operation: string,
  environment: CommandEnvironment,
): Promise<AdminClient> {
  await using stack = new AsyncDisposableStack();
  const archive = stack.use(await openConfigured(config, environment));
  const operator = { ...local(), name: `${userInfo().username}@${hostname()}` };
  const gate = await openGate(archive, { ...config, peers: [] }, environment.clock, operator);
  const server = await createHttpServer({
    archive,
    recovery: archive,
    gate,
    log: { error() {}, warn() {} },
    clock: environment.clock,
    status: () => ({ version: version(), startedAt: environment.clock() }),
  });
  stack.defer(() => server.close());
  // Where there are replicas, the server settles it when they have what came with the new root key.
  if (config.replicas.length === 0)
    stack.defer(async () => {
      if (await archive.keeping.unsettled()) await archive.keeping.settle();
    });
  const opened = stack.move();
  return {
    async ask(method, path, body) {
      const response = await server.inject({
        method,
        url: `/api/v1${path}`,
        headers: { host: "localhost", "user-agent": `holdfast ${operation}` },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      return answerOf(response.statusCode, response.body);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export function remoteAdmin(url: string, token: string | undefined): AdminClient {
  const base = url.replace(/\/+$/, "");
  return {
    async ask(method, path, body) {
      const response = await fetch(`${base}/api/v1${path}`, {
        method,
        redirect: "error", // the token goes to this server alone
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((cause) => {
        throw new HoldfastError("association/connect", `${base} does not answer.`, { cause });
      });
      return answerOf(response.status, await response.text());
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function answerOf(status: number, text: string): unknown {
  const parsed = text === "" ? {} : JSON.parse(text);
  if (status < 400) return parsed;
  const { code, detail } = parsed as { code?: string; detail?: string };
  throw new HoldfastError(code !== undefined && code in errorCodes ? (code as ErrorCode) : "internal/error", detail);
}
