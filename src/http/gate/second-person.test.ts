import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOfBase32 } from "../../../test/support/gate.ts";
import { codeOf, cookieOf, start } from "../../../test/support/gate-server.ts";
import { totpCode, totpStep } from "../../gate/index.ts";

const linac = { role: "linac", addresses: ["192.0.2.1"], critical: true };

/** Two administrators who know nothing of each other's secrets. */
async function two(t: Parameters<typeof start>[0]) {
  const running = await start(t);
  const [anna, ben] = [await running.enter("anna", "administrator"), await running.enter("ben", "administrator")];
  const waiting = async (who: Record<string, string>) =>
    (
      (await (await running.call("GET", "/api/v1/approvals", who)).json()) as {
        approvals: { id: string; what: string }[];
      }
    ).approvals;
  const approve = async (who: Record<string, string>, id: string) =>
    running.call("POST", `/api/v1/approvals/${id}/approve`, who);
  return { ...running, anna, ben, waiting, approve };
}

test("the mark of a critical peer, its address and its tenant are changed by two persons, and exactly as approved", async (t) => {
  const { call, anna, ben, waiting, approve, gate } = await two(t);
  const put = (body: object) => call("PUT", "/api/v1/peers/LINAC1", anna, body);
  assert.equal((await put(linac)).status, 200);
  const milder = { role: "linac", addresses: ["192.0.2.1"] };
  assert.equal(await codeOf(await put(milder)), "gate/second-person");
  assert.equal(await codeOf(await put({ ...linac, addresses: ["192.0.2.66"] })), "gate/second-person");
  const unmarked = (await waiting(ben)).find(({ what }) => !what.includes("critical"));
  assert.equal((await approve(ben, unmarked!.id)).status, 200);
  assert.equal(await codeOf(await put({ ...milder, addresses: ["192.0.2.66"] })), "gate/second-person");
  assert.equal(gate.peers.get("LINAC1")?.critical, true);
  assert.equal((await put(milder)).status, 200);
  assert.equal(gate.peers.get("LINAC1")?.critical, undefined);
});

test("nobody approves their own request through a key, an account they made, or a password they set", async (t) => {
  const { call, anna, ben, waiting, approve, gate, login, advance } = await two(t);
  await call("PUT", "/api/v1/peers/LINAC1", anna, linac);
  const made = { name: "tool", role: "administrator", scopes: ["peers.manage", "users.manage"] };
  const { token } = (await (await call("POST", "/api/v1/keys", anna, made)).json()) as { token: string };
  const tool = { authorization: `Bearer ${token}` };
  const remove = (who: Record<string, string>) => call("DELETE", "/api/v1/peers/LINAC1", who);
  assert.equal(await codeOf(await remove(tool)), "gate/second-person");
  const [request] = await waiting(anna);
  assert.equal(await codeOf(await approve(anna, request!.id)), "gate/second-person");
  const password = "a password anna knows";
  const facts = { roles: ["administrator"], password };
  assert.equal((await call("PUT", "/api/v1/users/puppet", tool, facts)).status, 200);
  advance(60_000);
  const totp = await call("POST", "/api/v1/users/puppet/totp", tool);
  const { secret } = (await totp.json()) as { secret: string };
  const answer = await login("puppet", totpCode(bytesOfBase32(secret), totpStep(gate.now())), {}, password);
  assert.equal(answer.status, 200);
  const puppet = {
    cookie: cookieOf(answer),
    "x-csrf-token": ((await answer.json()) as { csrf: string }).csrf,
  };
  assert.equal(await codeOf(await approve(puppet, request!.id)), "gate/second-person");
  assert.equal((await approve(ben, request!.id)).status, 200);
  assert.equal((await remove(tool)).status, 200);
});

test("a new password or authenticator ends the logins that stand", async (t) => {
  const { call, anna, enter } = await two(t);
  const carl = await enter("carl", "physicist");
  const ask = async () => (await call("GET", "/api/v1/session", carl)).json() as Promise<{ principal: object | null }>;
  assert.ok((await ask()).principal);
  assert.equal((await call("POST", "/api/v1/users/carl/totp", anna)).status, 200);
  assert.equal((await ask()).principal, null);
});

test("what waits in one clinic is not there for another, and is not approved from there", async (t) => {
  const { call, enter, waiting, approve, gate } = await two(t);
  const north = [
    await enter("nora", "tenant-administrator", "north"),
    await enter("nils", "tenant-administrator", "north"),
  ];
  const south = await enter("sue", "tenant-administrator", "south");
  assert.equal((await call("PUT", "/api/v1/peers/LINAC1", north[0], linac)).status, 200);
  assert.equal(await codeOf(await call("DELETE", "/api/v1/peers/LINAC1", south)), "request/not-found");
  assert.equal(await codeOf(await call("DELETE", "/api/v1/peers/LINAC1", north[0])), "gate/second-person");
  const [[id]] = gate.grants.approvals.all() as [[string, unknown]];
  assert.deepEqual(await waiting(south), []);
  assert.equal(await codeOf(await approve(south, id)), "request/not-found");
  assert.equal((await waiting(north[1]!)).length, 1);
  assert.equal((await approve(north[1]!, id)).status, 200);
  assert.equal((await call("DELETE", "/api/v1/peers/LINAC1", north[0])).status, 200);
});
