import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { byLocal, openGate } from "../../../test/support/gate.ts";
import type { Action, Role } from "../../gate/index.ts";
import { clinicOf, defaultPolicy, Responder } from "../../response/index.ts";
import { findingOf } from "../../response/testing/responder.ts";
import { MemoryArchive } from "../testing/memory-archive.ts";
import { startServer } from "../testing/server.ts";

/** A server with a responder, and callers by API key. */
async function start(t: TestContext) {
  const store = new MemoryArchive();
  const gate = await openGate(store, { strangers: "loopback" });
  let ids = 0;
  const response = await Responder.open({
    policy: {
      ...defaultPolicy,
      rules: [{ name: "odd", when: {}, actions: [{ action: "read-only", on: "principal" }], mode: "ask" }],
    },
    state: gate.containments,
    store,
    clock: Date.now,
    newId: () => `id${++ids}`,
    clinic: () => clinicOf(gate),
    self: { ...byLocal.by, id: "response" },
    secondPerson: (...asked) => gate.grants.secondPerson(...asked),
  });
  const { base } = await startServer(t, { archive: store, gate, response });
  const as = async (role: Role, scopes: Action[], tenant = "default") => {
    if (!gate.tenants.get(tenant)) await gate.tenants.put(tenant, undefined, byLocal);
    const { key, token } = await gate.keys.add({ name: `${role}${ids}`, role, scopes, tenant } as never, byLocal);
    const call = async (method: string, path: string, body?: unknown) => {
      const answer = await fetch(`${base}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, never> };
    };
    return { call, token, id: `key:${key.id}` };
  };
  return { base, gate, response, as };
}

const analystScopes: Action[] = [
  "alerts.read",
  "alerts.manage",
  "containment.read",
  "containment.manage",
  "account.own",
];

test("an alert from new to closed over the API, with its decision taken", async (t) => {
  const { response, as, gate } = await start(t);
  const { call } = await as("security-analyst", analystScopes);
  response.observe(findingOf());
  const { alerts } = (await call("GET", "/alerts?state=new")).body as unknown as { alerts: { id: string }[] };
  const path = `/alerts/${alerts[0]!.id}`;
  assert.equal((await call("POST", `${path}/acknowledge`)).status, 200);
  assert.equal((await call("POST", `${path}/assign`, { assignee: "user:sam" })).body["state"], "in progress");
  assert.equal((await call("POST", `${path}/decision`, { accept: true })).status, 200);
  assert.ok(gate.containments.on("principal", "user:eve")?.["read-only"]);
  assert.equal((await call("POST", `${path}/decision`, { accept: true })).status, 409);
  assert.equal((await call("POST", `${path}/comments`, { text: "called" })).status, 200);
  assert.equal((await call("POST", `${path}/close`, { reason: "because" })).status, 400);
  assert.equal(
    (await call("POST", `${path}/close`, { reason: "true positive", comment: "stolen" })).body["state"],
    "closed",
  );
  assert.equal((await call("GET", "/alerts?state=odd")).status, 400);
  assert.equal((await call("GET", "/alerts/none")).status, 404);
});

test("alerts are asked for by state and risk, some at a time, latest first", async (t) => {
  const { response, as } = await start(t);
  const { call } = await as("security-analyst", analystScopes);
  for (const [name, risk] of Object.entries({ ann: 0.6, bob: 0.95, cyd: 0.7, dan: 0.8 }))
    response.observe(findingOf({ risk }, { principal: `user:${name}` }));
  const alerts = async (query: string) =>
    (await call("GET", `/alerts?${query}`)).body as unknown as { alerts: ReturnType<typeof response.inbox.all> };
  const named = async (query: string) =>
    (await alerts(query)).alerts.map(({ subject }) => subject.principal.slice("user:".length));
  const [latest] = (await alerts("limit=1")).alerts;
  await call("POST", `/alerts/${latest!.id}/close`, { reason: "duplicate" });
  assert.deepEqual(await named("state=open"), ["cyd", "bob", "ann"]);
  assert.deepEqual(await named("state=closed"), ["dan"]);
  assert.deepEqual(await named("state=open&risk=0.7"), ["cyd", "bob"]);
  const first = (await alerts("state=open&limit=2")).alerts;
  assert.equal(first.length, 2);
  assert.deepEqual(await named(`state=open&limit=2&before=${first[1]!.seq}`), ["ann"]);
  assert.equal((await call("GET", "/alerts?limit=0")).status, 400);
});

test("containing somebody counts at the next request, tells them, and ends with the release", async (t) => {
  const { as } = await start(t);
  const analyst = await as("security-analyst", analystScopes);
  const other = await as("administrator", ["keys.manage", "keys.read", "account.own"]);
  assert.equal((await other.call("GET", "/keys")).status, 200);
  const order = {
    target: { kind: "principal", id: other.id },
    reason: "its token was seen elsewhere",
    contact: "IT, 4711",
  };
  const made = await analyst.call("POST", "/containments", { ...order, action: "read-only", minutes: 5 });
  assert.equal(made.status, 200);
  assert.equal((await other.call("GET", "/keys")).status, 200);
  const refused = await other.call("POST", "/keys", { name: "x", scopes: ["query"] });
  assert.deepEqual([refused.status, refused.body["code"]], [403, "gate/read-only"]);
  assert.match(String(refused.body["detail"]), /Call IT, 4711\./);
  const { may } = (await other.call("GET", "/session")).body as unknown as { may: string[] };
  assert.deepEqual(may.sort(), ["account.own", "keys.manage", "keys.read"], "what is paused is still theirs");
  const mine = (await other.call("GET", "/containments/mine")).body as unknown as {
    containments: { message: string }[];
  };
  assert.match(mine.containments[0]!.message, /paused since .* until .*Call IT, 4711/);
  const path = `/containments/${String(made.body["id"])}`;
  assert.equal((await analyst.call("GET", path)).body["message"], mine.containments[0]!.message);
  assert.equal((await analyst.call("POST", `${path}/release`, { reason: "token was rotated" })).status, 200);
  assert.equal((await analyst.call("POST", `${path}/release`, { reason: "token was rotated" })).status, 409);
  const again = await other.call("POST", "/keys", { name: "x", scopes: ["query"], days: 1 });
  assert.notEqual(again.body["code"], "gate/read-only");
});

test("a clinic sees its own alerts and containments only", async (t) => {
  const { response, as } = await start(t);
  response.observe(findingOf({}, { tenant: "north" }));
  response.observe(findingOf({}, { tenant: "south", principal: "user:sue" }));
  const north = await as("tenant-administrator", ["alerts.read", "containment.read"], "north");
  const { alerts } = (await north.call("GET", "/alerts")).body as unknown as {
    alerts: { subject: { tenant: string } }[];
  };
  assert.deepEqual(
    alerts.map(({ subject }) => subject.tenant),
    ["north"],
  );
  const hidden = response.inbox.all().find(({ subject }) => subject.tenant === "south")!;
  assert.equal((await north.call("GET", `/alerts/${hidden.id}`)).status, 404);
  const { incidents } = (await north.call("GET", "/incidents")).body as unknown as { incidents: object[] };
  assert.equal(incidents.length, 1);
});

test("a containment belongs to the clinic of whom it stands on, not of who ordered it", async (t) => {
  const { as } = await start(t);
  const analyst = await as("security-analyst", analystScopes);
  const north = await as("tenant-administrator", ["containment.read"], "north");
  const south = await as("tenant-administrator", ["containment.read"], "south");
  const home = await as("tenant-administrator", ["containment.read"]);
  const contain = async (kind: string, id: string) => {
    const order = { target: { kind, id }, action: "watch", reason: "seen at odd hours" };
    return (await analyst.call("POST", "/containments", order)).body;
  };
  const made = [await contain("principal", north.id), await contain("tenant", "north")];
  const strangers = await contain("host", "203.0.113.9");
  assert.deepEqual(
    [...made, strangers].map((each) => each["tenant"]),
    ["north", "north", undefined],
  );
  const seenBy = async ({ call }: typeof north) =>
    ((await call("GET", "/containments")).body as unknown as { containments: { id: string }[] }).containments.length;
  assert.deepEqual([await seenBy(north), await seenBy(south), await seenBy(home), await seenBy(analyst)], [2, 0, 0, 3]);
});

/** Events of a stream until `enough`. */
async function streamed(url: string, token: string, after: string | undefined, enough: number): Promise<string[]> {
  const abort = new AbortController();
  const headers = { authorization: `Bearer ${token}`, ...(after === undefined ? {} : { "last-event-id": after }) };
  const response = await fetch(url, { headers, signal: abort.signal });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const ids: string[] = [];
  let text = "";
  for await (const chunk of response.body!) {
    text += Buffer.from(chunk).toString();
    ids.length = 0;
    for (const [, id] of text.matchAll(/^id: (\d+)\nevent: \w+\ndata: \{.*\}\n\n/gm)) ids.push(id!);
    if (ids.length >= enough) break;
  }
  abort.abort();
  return ids;
}

test("the stream tells what happens, and resumes behind the last event id", async (t) => {
  const { base, response, as } = await start(t);
  const { token } = await as("security-analyst", analystScopes);
  response.observe(findingOf());
  response.observe(findingOf({}, { principal: "user:ann" }));
  assert.deepEqual(await streamed(`${base}/api/v1/stream`, token!, "0", 2), ["1", "2"]);
  const live = streamed(`${base}/api/v1/stream`, token!, "1", 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  response.observe(findingOf({}, { principal: "user:bob" }));
  assert.deepEqual(await live, ["2", "3"]);
  const wrong = await fetch(`${base}/api/v1/stream`, {
    headers: { authorization: `Bearer ${token}`, "last-event-id": "x" },
  });
  assert.equal(wrong.status, 400);
});

test("the stream tells that approvals changed, without a number, to those who may see them, of their clinic", async (t) => {
  const { base, gate, response, as } = await start(t);
  const analyst = await as("security-analyst", [...analystScopes, "approvals.read"]);
  const scopes: Action[] = ["alerts.read", "approvals.read"];
  const [north, south] = [
    await as("tenant-administrator", scopes, "north"),
    await as("tenant-administrator", scopes, "south"),
  ];
  const without = await as("security-analyst", analystScopes);
  const readers = await Promise.all(
    [analyst, north, south, without].map(async ({ token }) => {
      const abort = new AbortController();
      const headers = { authorization: `Bearer ${token}` };
      const { body } = await fetch(`${base}/api/v1/stream`, { headers, signal: abort.signal });
      return { body: body!, abort };
    }),
  );
  const asker = { ...byLocal, by: { ...byLocal.by, id: "user:nora", tenant: "north", method: "password" as const } };
  await assert.rejects(gate.grants.secondPerson("release x", asker), /waits for another person/);
  response.observe(findingOf({}, { tenant: "north" }));
  response.observe(findingOf({}, { tenant: "south", principal: "user:sue" }));
  const told = await Promise.all(
    readers.map(async ({ body, abort }) => {
      let text = "";
      for await (const chunk of body) {
        text += Buffer.from(chunk).toString();
        if (text.includes("event: alert")) break;
      }
      abort.abort();
      return text.match(/^(?:id: \d+\n)?event: approvals$/gm) ?? [];
    }),
  );
  assert.deepEqual(told, [["event: approvals"], ["event: approvals"], [], []]);
});

test("a stream ends when its reader loses the right to see", async (t) => {
  const { base, response, as, gate } = await start(t);
  const { token, id } = await as("security-analyst", analystScopes);
  const stream = await fetch(`${base}/api/v1/stream`, { headers: { authorization: `Bearer ${token}` } });
  gate.containments.apply({
    id: "c",
    target: { kind: "principal", id },
    action: "refuse",
    since: Date.now(),
    reason: "",
    contact: "",
  });
  response.observe(findingOf());
  await assert.rejects(async () => {
    for await (const chunk of stream.body!) assert.ok(!Buffer.from(chunk).toString().includes("user:eve"));
  });
});
