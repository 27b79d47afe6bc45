import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import Fastify from "fastify";
import { byLocal, containment, openGate } from "../../../test/support/gate.ts";
import { codeOf, cookieOf, start } from "../../../test/support/gate-server.ts";
import { testLog } from "../../../test/support/log.ts";
import { fileBytes } from "../../../test/support/objects.ts";
import { openArchive } from "../../archive/index.ts";
import { actions, mayRole, personRoles, type Role } from "../../gate/index.ts";
import { createHttpServer } from "../index.ts";
import { multipart } from "../testing/server.ts";
import { requirePolicies } from "./index.ts";

/** A path that leads to the route, with parameters of the right form. */
const pathOf = (url: string): string =>
  url
    .replace("*", "7FE00010")
    .replace(/:(\w+)/g, (_, name) =>
      name === "frames" ? "1" : name === "study" || name === "series" || name === "instance" ? "1.2.3" : "x",
    );

test("the matrix: every route answers every role as the policy says, and nobody without an identity", async (t) => {
  const { routes, call, keyOf } = await start(t, { watched: true });
  const urls = routes.map(({ method, url }) => `${method} ${url}`);
  for (const known of ["POST /api/v1/alerts/:id/close", "GET /api/v1/stream", "POST /api/v1/containments"])
    assert.ok(urls.includes(known), known);
  for (const known of ["GET /api/v1/damage", "GET /api/v1/behaviour", "DELETE /api/v1/verdicts/:id"])
    assert.ok(urls.includes(known), known);
  const keys = new Map<Role, Record<string, string>>();
  for (const role of personRoles) keys.set(role, await keyOf(role));
  const refusals = new Set(["gate/role", "gate/unauthenticated", "gate/scope", "gate/vendor-session"]);
  const refused = async (response: Response): Promise<boolean> =>
    (response.status === 401 || response.status === 403) && refusals.has(await codeOf(response));
  for (const { method, url, may } of routes) {
    if (method === "HEAD" || method === "OPTIONS") continue;
    const path = pathOf(url);
    if (may === "public") {
      if (method === "GET") assert.equal(await refused(await call(method, path)), false, `${method} ${url} public`);
      continue;
    }
    assert.ok(may in actions, `${method} ${url} is an action of the policy`);
    const stranger = await call(method, path);
    assert.equal(stranger.status, 401, `${method} ${url} without an identity`);
    assert.equal(await codeOf(stranger), "gate/unauthenticated");
    for (const [role, headers] of keys) {
      const said = await refused(await call(method, path, headers));
      assert.equal(said, !mayRole(role, may), `${method} ${url} as ${role}`);
    }
  }
});

test("a new route without a policy never goes into service", async () => {
  const server = Fastify();
  requirePolicies(server);
  assert.throws(() => server.get("/new", () => "patients"), /names no action of the policy/);
  server.get("/known", { config: { may: "query" } }, () => "");
});

test("a login gives a session in a cookie that scripts cannot read; changes need its token; logging out ends it", async (t) => {
  const { call, addUser, login } = await start(t);
  const code = await addUser("anna", ["administrator"]);
  const answer = await login("anna", code());
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("set-cookie")!, /^holdfast=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  const cookie = cookieOf(answer);
  const { csrf } = (await answer.json()) as { csrf: string };
  assert.equal((await call("GET", "/api/v1/users", { cookie })).status, 200);
  const body = { roles: ["therapist"] };
  assert.equal(await codeOf(await call("PUT", "/api/v1/users/ben", { cookie }, body)), "gate/forged");
  assert.equal(
    await codeOf(await call("PUT", "/api/v1/users/ben", { cookie, "x-csrf-token": "x" }, body)),
    "gate/forged",
  );
  assert.equal((await call("PUT", "/api/v1/users/ben", { cookie, "x-csrf-token": csrf }, body)).status, 200);
  const { may } = (await (await call("GET", "/api/v1/session", { cookie })).json()) as { may: string[] };
  assert.deepEqual([may.includes("alerts.read"), may.includes("alerts.manage")], [true, false]);
  assert.equal((await call("DELETE", "/api/v1/session", { cookie, "x-csrf-token": csrf })).status, 200);
  assert.equal((await call("GET", "/api/v1/users", { cookie })).status, 401);
});

test("no session fixation: a token known before the login is worth nothing after it", async (t) => {
  const { call, addUser, login, advance } = await start(t);
  const code = await addUser("anna", ["administrator"]);
  const planted = `holdfast=${"A".repeat(43)}`;
  const first = cookieOf(await login("anna", code(), { cookie: planted }));
  assert.notEqual(first, planted);
  assert.equal((await call("GET", "/api/v1/users", { cookie: planted })).status, 401);
  advance(60_000);
  const second = cookieOf(await login("anna", code(), { cookie: first }));
  assert.equal((await call("GET", "/api/v1/users", { cookie: first })).status, 401);
  assert.equal((await call("GET", "/api/v1/users", { cookie: second })).status, 200);
});

test("sessions end when idle, and after their longest time however busy", async (t) => {
  const { call, addUser, login, advance } = await start(t);
  const code = await addUser("anna", ["administrator"]);
  const cookie = cookieOf(await login("anna", code()));
  advance(29 * 60_000);
  assert.equal((await call("GET", "/api/v1/users", { cookie })).status, 200);
  advance(30 * 60_000);
  assert.equal((await call("GET", "/api/v1/users", { cookie })).status, 401);
  const busy = cookieOf(await login("anna", code()));
  for (let hours = 0; hours < 11.5; hours += 0.25) {
    advance(15 * 60_000);
    assert.equal((await call("GET", "/api/v1/users", { cookie: busy })).status, 200);
  }
  advance(25 * 60_000);
  await call("GET", "/api/v1/users", { cookie: busy });
  advance(10 * 60_000);
  assert.equal((await call("GET", "/api/v1/users", { cookie: busy })).status, 401);
});

test("a one-time code counts once; wrong names, passwords and codes get the same answer; guessing is slowed down", async (t) => {
  const { addUser, login, advance, gate } = await start(t);
  const code = await addUser("anna");
  assert.equal((await login("anna", code())).status, 200);
  const replayed = await login("anna", code());
  const answers = [replayed, await login("nobody", "123456"), await login("anna", "000000", {}, "wrong password!")];
  const bodies = await Promise.all(answers.map((answer) => answer.text()));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401, 401],
  );
  assert.equal(new Set(bodies).size, 1);
  advance(60_000);
  const both = await Promise.all([login("anna", code()), login("anna", code())]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 401]);
  const ben = await addUser("ben");
  for (let i = 0; i < 5; i++) assert.equal((await login("ben", "000000")).status, 401);
  assert.equal(await codeOf(await login("ben", ben())), "gate/rate-limit");
  advance(15 * 60_000);
  assert.equal((await login("ben", ben())).status, 200);
  await gate.users.put({ name: "ben", roles: ["physicist"], tenant: "default", disabled: true }, byLocal);
  advance(60_000);
  assert.equal((await login("ben", ben())).status, 401);
});

test("keys: altered, expired, rotated and removed ones open nothing; only hashes are kept", async (t) => {
  const { call, keyOf, gate, archive, advance } = await start(t);
  const headers = await keyOf("service");
  const ask = (authorization: string) =>
    call("GET", "/dicom-web/studies", { authorization, accept: "application/dicom+json" });
  const token = headers["authorization"]!;
  assert.equal((await ask(token)).status, 204);
  const altered = token.slice(0, -1) + (token.endsWith("A") ? "B" : "A");
  for (const wrong of [altered, "Bearer hf_x_y", "Bearer ", "Basic YTpi", `${token}x`, `Bearer ${"0".repeat(18)}`])
    assert.equal((await ask(wrong)).status, 401, wrong.slice(0, 12));
  const { id } = gate.keys.all()[0]!;
  assert.ok(!JSON.stringify([...(await archive.settings("keys"))]).includes(token.slice(-43)));
  const { token: fresh } = await gate.keys.rotate(id, byLocal);
  assert.deepEqual([(await ask(token)).status, (await ask(`Bearer ${fresh}`)).status], [401, 204]);
  advance(3_600_000);
  assert.equal((await ask(`Bearer ${fresh}`)).status, 401);
});

test("tenants: what one clinic stores does not exist for another on any route, and its accounts and peers neither", async (t) => {
  const { call, keyOf, address, gate } = await start(t);
  const [north, south] = [await keyOf("physicist", "north"), await keyOf("physicist", "south")];
  const request = multipart([fileBytes()]);
  const stored = await fetch(`${address}/dicom-web/studies`, {
    ...request,
    headers: { ...(request.headers as object), ...north },
  });
  assert.equal(stored.status, 200);
  const accept = { accept: "*/*" };
  const instance = "/dicom-web/studies/2.25.1/series/2.25.1.1/instances/2.25.1.1.1";
  for (const path of [
    instance,
    `${instance}/metadata`,
    "/dicom-web/studies/2.25.1",
    `/api/v1${instance.slice(10)}/versions`,
  ]) {
    assert.equal((await call("GET", path, { ...north, ...accept })).status, 200, path);
    assert.equal((await call("GET", path, { ...south, ...accept })).status, 404, path);
  }
  assert.equal((await call("GET", "/dicom-web/studies", south)).status, 204);
  assert.equal(
    (await call("DELETE", "/dicom-web/studies/2.25.1", { ...south, "x-holdfast-tenant": "north" })).status,
    403,
  );
  assert.equal((await call("DELETE", "/dicom-web/studies/2.25.1", south)).status, 404);
  assert.equal((await call("GET", instance, { ...north, ...accept })).status, 200);
  const admin = await keyOf("tenant-administrator", "south");
  await gate.users.put({ name: "nora", roles: ["physicist"], tenant: "north" }, byLocal);
  const { users } = (await (await call("GET", "/api/v1/users", admin)).json()) as { users: unknown[] };
  assert.deepEqual(users, []);
  const change = (name: string, body: object) => call("PUT", `/api/v1/users/${name}`, admin, body);
  assert.equal(await codeOf(await change("nora", { roles: ["physicist"] })), "gate/tenant");
  assert.equal(await codeOf(await change("new", { roles: ["physicist"], tenant: "north" })), "gate/tenant");
  assert.equal(await codeOf(await change("new", { roles: ["administrator"] })), "gate/role");
  assert.equal((await change("sue", { roles: ["physicist"] })).status, 200);
  assert.equal(gate.users.get("sue")?.tenant, "south");
});

test("a containment counts on the connection already open, is explained to the person, and logged with its reason", async (t) => {
  const { call, keyOf, gate, events, warnings } = await start(t);
  const headers = await keyOf("physicist");
  const target = { kind: "principal", id: `key:${gate.keys.all()[0]!.id}` } as const;
  const ask = () => call("GET", "/dicom-web/studies", headers);
  assert.equal((await ask()).status, 204);
  gate.containments.apply(containment("c1", { target }));
  const refused = await ask();
  const problem = (await refused.json()) as { code: string; detail: string };
  assert.equal(refused.status, 403);
  assert.equal(problem.code, "gate/contained");
  assert.match(problem.detail, /^Your access to search for patients' objects is paused since .*Z\. Call IT, 4711\.$/);
  assert.deepEqual(events.at(-1)?.status_detail, "gate/contained");
  assert.match(JSON.stringify(warnings.at(-1)), /containment c1 .*deletes many studies/);
  gate.containments.apply(containment("c1", { target, action: "read-only" }));
  assert.equal((await ask()).status, 204);
  assert.equal(await codeOf(await call("DELETE", "/dicom-web/studies/1.2.3", headers)), "gate/read-only");
  gate.containments.apply(containment("c1", { target, action: "rate-limit", perMinute: 2 }));
  assert.deepEqual([(await ask()).status, (await ask()).status, (await ask()).status], [204, 204, 429]);
});

test("two persons: a critical peer is removed when another person has approved, once, and never by one alone", async (t) => {
  const { call, keyOf, gate, enter } = await start(t);
  const one = await keyOf("administrator");
  const [two, other] = [await enter("ben", "administrator"), await keyOf("administrator")];
  const peer = { role: "linac", addresses: ["192.0.2.1"], critical: true };
  assert.equal((await call("PUT", "/api/v1/peers/LINAC1", one, peer)).status, 200);
  const remove = () => call("DELETE", "/api/v1/peers/LINAC1", one);
  assert.equal(await codeOf(await remove()), "gate/second-person");
  const [[id]] = gate.grants.approvals.all() as [[string, unknown]];
  const approve = (who: Record<string, string>) => call("POST", `/api/v1/approvals/${id}/approve`, who);
  assert.equal(await codeOf(await approve(one)), "gate/second-person");
  assert.equal(await codeOf(await approve(other)), "gate/second-person", "a key is no person");
  assert.equal(await codeOf(await remove()), "gate/second-person");
  assert.equal((await approve(two)).status, 200);
  assert.equal((await remove()).status, 200);
  assert.equal(gate.peers.get("LINAC1"), undefined);
});

test("break-glass is granted at once, ends by itself, and is reviewed by somebody else", async (t) => {
  const { call, addUser, login, keyOf, gate, warnings, advance } = await start(t);
  const code = await addUser("anna", ["therapist"]);
  const answer = await login("anna", code());
  const cookie = cookieOf(answer);
  const headers = { cookie, "x-csrf-token": ((await answer.json()) as { csrf: string }).csrf };
  assert.equal((await call("POST", "/api/v1/break-glass", headers, { reason: "short" })).status, 400);
  const taken = await call("POST", "/api/v1/break-glass", headers, { reason: "patient on the table", minutes: 10 });
  assert.equal(taken.status, 200);
  const { id } = (await taken.json()) as { id: string };
  assert.ok(warnings.some((facts) => "breakGlass" in facts));
  assert.ok(gate.resolve({ address: "127.0.0.1", isLocal: true, cookie: cookie.split("=")[1]! }).principal.breakGlass);
  const reviewer = await keyOf("security-analyst");
  assert.equal((await call("POST", `/api/v1/break-glass/${id}/review`, reviewer, { justified: true })).status, 200);
  assert.equal(gate.grants.breakGlass.need(id).review?.justified, true);
  advance(10 * 60_000);
  assert.equal(
    gate.resolve({ address: "127.0.0.1", isLocal: true, cookie: cookie.split("=")[1]! }).principal.breakGlass,
    undefined,
  );
});

test("the last administrator stays", async (t) => {
  const { call, addUser, keyOf } = await start(t);
  await addUser("anna", ["administrator"]);
  const headers = await keyOf("administrator");
  assert.equal(await codeOf(await call("DELETE", "/api/v1/users/anna", headers)), "gate/last-administrator");
  assert.equal(
    await codeOf(await call("PUT", "/api/v1/users/anna", headers, { roles: ["physicist"] })),
    "gate/last-administrator",
  );
});

test("header and log injection, path traversal: names with control characters or dots lead nowhere", async (t) => {
  const { call, keyOf, events } = await start(t);
  const headers = await keyOf("administrator");
  for (const name of ["%0d%0aset-cookie:x", "..%2f..%2fetc", "a%00b", "%2e%2e"])
    for (const path of ["users", "peers"]) {
      const answer = await call("PUT", `/api/v1/${path}/${name}`, headers, { roles: ["physicist"], role: "linac" });
      assert.ok(answer.status === 400 || answer.status === 404, `${path} ${name} ${answer.status}`);
      assert.equal(answer.headers.get("set-cookie"), null);
    }
  assert.ok(events.every((event) => !/[\r\n]/.test(Object.values(event).join(""))));
});

test("before anybody is known this machine is the local principal, unless a proxy stands between", async (t) => {
  const base = await mkdtemp(join(tmpdir(), "holdfast-gate-"));
  const archive = await openArchive({ dataFolder: join(base, "data"), keyFile: join(base, "key.json") });
  t.after(async () => {
    await archive.close();
    await rm(base, { recursive: true });
  });
  const gate = await openGate(archive, { strangers: "loopback" });
  const server = await createHttpServer({
    archive,
    gate,
    log: testLog,
    status: () => ({ version: "0", startedAt: 0 }),
  });
  t.after(() => server.close());
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  const ask = async (headers: Record<string, string> = {}) =>
    (await fetch(`${address}/api/v1/users`, { headers })).status;
  assert.equal(await ask(), 200);
  assert.equal(await ask({ "x-forwarded-for": "203.0.113.9" }), 401);
  await gate.users.put({ name: "anna", roles: ["administrator"], tenant: "default" }, byLocal);
  assert.equal(await ask(), 401);
});
