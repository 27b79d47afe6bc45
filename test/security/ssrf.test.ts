/** Addresses that lead into our own network: what the archive calls goes where its operator said, and nowhere else. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { LookupAddress } from "node:dns";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { Gate } from "../../src/gate/index.ts";
import { MemoryArchive } from "../../src/http/testing/memory-archive.ts";
import { webhookDestination } from "../../src/response/index.ts";
import { findingOf, testResponder } from "../../src/response/testing/responder.ts";
import { Remote } from "../../src/vault/index.ts";

const secret = Buffer.alloc(32, 7);
const sender = { name: "holdfast", version: "0" } as never;

/** A real server; gives its port and what it was asked for. */
async function listen(t: TestContext, answer: RequestListener): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close().closeAllConnections());
  return { port: (server.address() as AddressInfo).port, asked };
}

const redirectingTo =
  (port: number): RequestListener =>
  (_request, response) =>
    response.writeHead(307, { location: `http://127.0.0.1:${port}/latest/meta-data/` }).end();

/** One alert, as a webhook would be told of it. */
async function happening() {
  const { responder } = await testResponder(new MemoryArchive());
  const told = Promise.withResolvers<Parameters<ReturnType<typeof webhookDestination>["send"]>[0]>();
  responder.subscribe((one) => told.resolve(one));
  responder.observe(findingOf());
  return told.promise;
}

test("a webhook's redirection is not followed, wherever it leads", async (t) => {
  const inner = await listen(t, (_request, response) => response.end());
  const outer = await listen(t, redirectingTo(inner.port));
  const url = `http://127.0.0.1:${outer.port}/hook`;
  const destination = webhookDestination({ url, secret, allowPrivate: true }, sender, () => 0);
  await assert.rejects(destination.send(await happening()), { code: "request/conflict" });
  assert.deepEqual([outer.asked, inner.asked], [["POST /hook"], []]);
});

test("a webhook's name that changes its mind is refused: resolved once a connection, and connected to what was checked", async (t) => {
  const inner = await listen(t, (_request, response) => response.end());
  let lookups = 0;
  const answers: LookupAddress[][] = [];
  const resolve = ((_name: string, _options: object, done: (error: null, addresses: LookupAddress[]) => void) => {
    lookups++;
    done(null, answers.shift() ?? [{ address: "127.0.0.1", family: 4 }]);
  }) as never;
  const url = `https://rebinding.example:${inner.port}/`;
  const destination = webhookDestination({ url, secret, resolve }, sender, () => 0);
  const one = await happening();
  const hostile: LookupAddress[][] = [
    [{ address: "127.0.0.1", family: 4 }],
    [{ address: "169.254.169.254", family: 4 }],
    // Public first, private behind: whichever would be tried.
    [
      { address: "8.8.8.8", family: 4 },
      { address: "127.0.0.1", family: 4 },
    ],
    [{ address: "::ffff:127.0.0.1", family: 6 }],
    [{ address: "64:ff9b::7f00:1", family: 6 }],
    [],
  ];
  for (const addresses of hostile) {
    answers.push(addresses);
    await assert.rejects(destination.send(one), { code: "request/denied" }, JSON.stringify(addresses));
  }
  assert.equal(lookups, hostile.length);
  // A public answer once: the connection goes there, whatever a second question would give.
  answers.push([{ address: "192.31.196.1", family: 4 }]);
  const tried = Promise.withResolvers<string>();
  const watch = (message: unknown): void =>
    void (message as { socket: Socket }).socket.once("lookup", function (this: Socket, _error, address) {
      tried.resolve(address);
      this.destroy();
    });
  subscribe("net.client.socket", watch);
  t.after(() => unsubscribe("net.client.socket", watch));
  await assert.rejects(destination.send(one));
  assert.equal(await tried.promise, "192.31.196.1");
  assert.equal(lookups, hostile.length + 1);
  assert.deepEqual(inner.asked, []);
});

test("mirrors and witnesses are asked where the configuration says: redirections are answers, not ways", async (t) => {
  const inner = await listen(t, (_request, response) => response.end("inner"));
  const outer = await listen(t, redirectingTo(inner.port));
  const remote = new Remote({ url: `http://127.0.0.1:${outer.port}`, idle: 5_000 });
  t.after(() => remote.close());
  assert.equal((await remote.text("GET", "/holdfast.json", 1024)).status, 307);
  assert.equal((await remote.text("POST", "/add-checkpoint", 1024, "old 0\n")).status, 307);
  assert.deepEqual(inner.asked, []);
});

/** A gate whose identity provider answers so. */
async function withProvider(t: TestContext, answer: (own: string) => RequestListener) {
  let own = "";
  const provider = await listen(t, (request, response) => answer(own)(request, response));
  own = `http://127.0.0.1:${provider.port}`;
  const oidc = {
    issuer: own,
    clientId: "holdfast",
    redirectUrl: "http://localhost/api/v1/oidc/callback",
    scope: "openid",
    claim: "groups",
    roles: [],
  };
  const gate = await Gate.open({
    store: new MemoryArchive(),
    clock: Date.now,
    random: randomBytes,
    strangers: "nobody",
    oidc,
  });
  return { login: gate.oidc!, provider };
}

test("an identity provider that redirects its description, or names another issuer, is none", async (t) => {
  const inner = await listen(t, (_request, response) =>
    response.setHeader("content-type", "application/json").end(JSON.stringify({ issuer: "http://127.0.0.1" })),
  );
  const redirecting = await withProvider(t, () => redirectingTo(inner.port));
  await assert.rejects(redirecting.login.begin("127.0.0.1"), { code: "association/connect" });
  assert.deepEqual(inner.asked, []);
  const lying = await withProvider(t, () => (_request, response) => {
    const description = {
      issuer: "https://elsewhere.example",
      authorization_endpoint: "https://elsewhere.example/login",
    };
    response.setHeader("content-type", "application/json").end(JSON.stringify(description));
  });
  await assert.rejects(lying.login.begin("127.0.0.1"), { code: "association/connect" });
});
