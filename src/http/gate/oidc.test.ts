import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import Provider, { type Configuration } from "oidc-provider";
import { testLog } from "../../../test/support/log.ts";
import { openGate } from "../../gate/testing/index.ts";
import { createHttpServer } from "../index.ts";
import { MemoryArchive } from "../testing/memory-archive.ts";

/** A browser's cookies, by host and port. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  async get(url: string): Promise<Response> {
    const { origin } = new URL(url);
    const jar = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === "") jar.delete(name!);
      else jar.set(name!, value!);
    }
    return response;
  }

  /** Follows redirections until the answer is none, or one that goes where `stop` says. */
  async follow(url: string, stop = (_url: string): boolean => false): Promise<{ url: string; response?: Response }> {
    for (let at = url; ; ) {
      if (stop(at)) return { url: at };
      const response = await this.get(at);
      const next = response.headers.get("location");
      if (next === null) return { url: at, response };
      at = new URL(next, at).href;
    }
  }
}

const groups: Record<string, string[]> = { anna: ["radiotherapy-physics", "staff"], eve: ["visitors"] };

/** A real provider (npm oidc-provider) where `who()` is logged in without being asked. */
async function startProvider(
  t: TestContext,
  redirect: () => string,
  who: () => string,
  altered: (tokens: string) => string,
): Promise<string> {
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const configuration: Configuration = {
    clients: [
      {
        client_id: "holdfast",
        token_endpoint_auth_method: "none",
        redirect_uris: [redirect()],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], profile: ["name", "groups"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub, name: sub, groups: groups[sub] }) }),
    async loadExistingGrant(context) {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client!.clientId,
        accountId: context.oidc.session!.accountId!,
      });
      grant.addOIDCScope("openid profile");
      await grant.save();
      return grant;
    },
  };
  const provider = new Provider(issuer, configuration);
  provider.on("server_error", (_context, error) => t.diagnostic(String(error)));
  const callback = provider.callback();
  http.on("request", (request, response) => {
    if (request.url === "/token") alterBody(response, altered);
    if (!request.url!.startsWith("/interaction/")) return void callback(request, response);
    void provider.interactionFinished(request, response, { login: { accountId: who() } });
  });
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return issuer;
}

/** Stands between: what is sent is something else. */
function alterBody(response: ServerResponse, altered: (body: string) => string): void {
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  response.end = ((body: string | Buffer) => {
    const sent = altered(String(body));
    response.setHeader("content-length", Buffer.byteLength(sent));
    return end(sent);
  }) as typeof response.end;
}

async function start(t: TestContext, altered = (tokens: string): string => tokens) {
  let who = "anna";
  let [base, issuer] = ["", ""];
  // The port is taken first, so that both know each other.
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  base = `http://127.0.0.1:${port}`;
  issuer = await startProvider(
    t,
    () => `${base}/api/v1/oidc/callback`,
    () => who,
    (tokens) => altered(tokens),
  );
  const archive = new MemoryArchive();
  let now = Date.now();
  const gate = await openGate(archive, {
    clock: () => now,
    strangers: "loopback",
    oidc: {
      issuer,
      clientId: "holdfast",
      redirectUrl: `${base}/api/v1/oidc/callback`,
      scope: "openid profile",
      claim: "groups",
      roles: [{ value: "radiotherapy-physics", role: "physicist", tenant: "north" }],
    },
  });
  const server = await createHttpServer({
    archive,
    gate,
    log: testLog,
    status: () => ({ version: "0", startedAt: 0 }),
  });
  await server.listen({ host: "127.0.0.1", port });
  t.after(() => server.close());
  return { base, as: (name: string) => (who = name), advance: (ms: number) => (now += ms), archive };
}

const self = async (browser: Browser, base: string) =>
  ((await (await browser.get(`${base}/api/v1/session`)).json()) as { principal: object | null }).principal;

test("a person logs in by the provider and has the roles and the tenant of their claims", async (t) => {
  const { base, archive } = await start(t);
  const browser = new Browser();
  assert.equal(await self(browser, base), null);
  const { response } = await browser.follow(`${base}/api/v1/oidc/login`);
  assert.equal(response?.status, 200);
  assert.deepEqual(await self(browser, base), {
    id: "oidc:anna",
    name: "anna",
    roles: ["physicist"],
    tenant: "north",
    method: "oidc",
  });
  assert.equal((await browser.get(`${base}/dicom-web/studies`)).status, 204);
  assert.equal((await browser.get(`${base}/api/v1/users`)).status, 403);
  const login = archive.events.find(({ activity, status }) => activity === "login" && status === "success");
  assert.equal(login?.actor.user?.name, "oidc:anna");
});

test("an answer counts once, in the browser that asked, in time, and unaltered", async (t) => {
  const { base, advance } = await start(t);
  const callback = (url: string): boolean => url.startsWith(`${base}/api/v1/oidc/callback`);
  const answered = async () => {
    const browser = new Browser();
    return { browser, url: (await browser.follow(`${base}/api/v1/oidc/login`, callback)).url };
  };
  const once = await answered();
  assert.equal((await once.browser.get(once.url)).status, 200);
  assert.equal((await once.browser.get(once.url)).status, 401, "replayed");
  const stolen = await answered();
  assert.equal((await new Browser().get(stolen.url)).status, 401, "another browser");
  const altered = await answered();
  assert.equal((await altered.browser.get(altered.url.replace(/code=../, "code=xx"))).status, 401, "another code");
  const [victim, attacker] = [await answered(), await answered()];
  const injected = new URL(victim.url);
  injected.searchParams.set("code", new URL(attacker.url).searchParams.get("code")!);
  assert.equal((await victim.browser.get(injected.href)).status, 401, "another's code in a login begun here");
  const late = await answered();
  advance(10 * 60_000);
  assert.equal((await late.browser.get(late.url)).status, 401, "late");
});

test("an identity token of an earlier login, soundly signed, is not taken for that of this one", async (t) => {
  const tokens: string[] = [];
  let replays = false;
  const { base } = await start(t, (answer) => {
    const parsed = JSON.parse(answer) as { id_token?: string };
    if (parsed.id_token === undefined) return answer;
    tokens.push(parsed.id_token);
    return replays ? JSON.stringify({ ...parsed, id_token: tokens[0] }) : answer;
  });
  const login = async () => (await new Browser().follow(`${base}/api/v1/oidc/login`)).response?.status;
  assert.equal(await login(), 200);
  replays = true;
  assert.equal(await login(), 401, "its nonce is another's");
  replays = false;
  assert.equal(await login(), 200);
  assert.equal(tokens.length, 3);
});

test("whom the claims give no role gets in nowhere", async (t) => {
  const { base, as } = await start(t);
  as("eve");
  const browser = new Browser();
  const { response } = await browser.follow(`${base}/api/v1/oidc/login`);
  assert.equal(response?.status, 403);
  assert.equal(await self(browser, base), null);
});
