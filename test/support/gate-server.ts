/** An HTTP server over a real archive whose gate a test fills with people, keys and peers. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openArchive } from "../../src/archive/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";
import { type Action, type Role, rolePolicy, totpCode, totpStep } from "../../src/gate/index.ts";
import { createHttpServer, type HttpOptions } from "../../src/http/index.ts";
import { clinicOf, defaultPolicy, Responder } from "../../src/response/index.ts";
import { startBehaviour } from "../../src/response/live/index.ts";
import { replyChecker } from "./api-document.ts";
import { byLocal, bytesOfBase32, openGate } from "./gate.ts";
import { testLog } from "./log.ts";
import { markPrivate } from "./traces/traces.ts";

const password = "correct horse battery";
markPrivate(password);

/** A server over a real archive, with a clock that a test can move. */
export async function start(t: TestContext, options: Partial<HttpOptions> & { watched?: boolean } = {}) {
  const { watched, ...more } = options;
  const base = await mkdtemp(join(tmpdir(), "holdfast-gate-"));
  const place = { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
  const archive = await openArchive(place);
  const events: AccessEvent[] = [];
  const record = archive.record.bind(archive);
  archive.record = (event) => {
    events.push(event);
    record(event);
  };
  let now = Date.now();
  const gate = await openGate(archive, { clock: () => now });
  const warnings: object[] = [];
  const routes: { method: string; url: string; may: Action | "public" }[] = [];
  const log = {
    error: testLog.error.bind(testLog),
    warn(facts: object, message: string) {
      warnings.push(facts);
      testLog.warn(facts, message);
    },
  };
  let ids = 0;
  const response = await Responder.open({
    policy: defaultPolicy,
    state: gate.containments,
    store: archive,
    clock: () => now,
    newId: () => `id${++ids}`,
    clinic: () => clinicOf(gate),
    self: { ...byLocal.by, id: "response" },
    secondPerson: (...asked) => gate.grants.secondPerson(...asked),
  });
  const behaviour = watched
    ? startBehaviour({ ...place, durable: archive.durableEntries, alertsPerWeek: 1 })
    : undefined;
  const server = await createHttpServer({
    archive,
    recovery: archive,
    gate,
    response,
    ...(behaviour ? { behaviour } : {}),
    log,
    status: () => ({ version: "0", startedAt: 0 }),
    onRoute: (route) => routes.push(route),
    ...more,
  });
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  t.after(async () => {
    await server.close();
    await behaviour?.[Symbol.asyncDispose]();
    await archive.close();
    await rm(base, { recursive: true });
  });
  const check = replyChecker(server);
  /** What has replied as documented so far: `GET /api/v1/alerts 200`. */
  const replies = new Set<string>();
  const call = async (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) => {
    const answer = await fetch(`${address}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const type = answer.headers.get("content-type");
    const text = type?.includes("json") ? await answer.clone().text() : ""; // a stream has no end
    const replied = text === "" ? undefined : check(method, path, answer.status, type, text);
    if (replied !== undefined) replies.add(replied);
    return answer;
  };
  const makeTenant = async (name: string): Promise<void> => {
    if (!gate.tenants.get(name)) await gate.tenants.put(name, undefined, byLocal);
  };
  /** A key whose scopes are all that its role has. */
  const keyOf = async (role: Role, tenant = "default"): Promise<Record<string, string>> => {
    const scopes = [...rolePolicy[role]];
    const vendor = role === "vendor" ? { vendor: "acme" } : {};
    await makeTenant(tenant);
    const { token, key } = await gate.keys.add(
      { name: role, role, scopes, tenant, expiresAt: now + 3_600_000, ...vendor },
      byLocal,
    );
    if (role === "vendor")
      await gate.grants.openVendorSession(
        {
          vendor: "acme",
          principals: [`key:${key.id}`],
          reason: "maintenance",
          hosts: ["127.0.0.1"],
          tenants: [tenant],
          until: now + 1e6,
        },
        byLocal,
      );
    return { authorization: `Bearer ${token}` };
  };
  const addUser = async (name: string, roles: Role[] = ["physicist"], tenant = "default") => {
    await makeTenant(tenant);
    await gate.users.put({ name, roles, tenant }, byLocal);
    await gate.users.setPassword(name, password, byLocal);
    const { secret } = await gate.users.resetTotp(name, byLocal);
    return () => totpCode(bytesOfBase32(secret), totpStep(now));
  };
  const login = (user: string, code: string, headers = {}, secret = password) =>
    call("POST", "/api/v1/session", headers, { user, password: secret, code });
  /** Somebody with an account of this role, logged in. */
  const enter = async (name: string, role: Role, tenant = "default"): Promise<Record<string, string>> => {
    const code = await addUser(name, [role], tenant);
    const answer = await login(name, code());
    return { cookie: cookieOf(answer), "x-csrf-token": ((await answer.json()) as { csrf: string }).csrf };
  };
  return {
    archive,
    gate,
    response,
    replies,
    server,
    address,
    events,
    warnings,
    routes,
    call,
    keyOf,
    addUser,
    login,
    enter,
    advance: (ms: number) => (now += ms),
  };
}

export const cookieOf = (response: Response): string => (response.headers.get("set-cookie") ?? "").split(";")[0]!;
export const codeOf = async (response: Response): Promise<string> => ((await response.json()) as { code: string }).code;
