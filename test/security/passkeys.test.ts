/** Passkeys attacked by an authenticator that signs whatever it is told to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ceremony, SoftwareAuthenticator } from "../support/authenticator.ts";
import { start } from "../support/gate-server.ts";

/** A server, anna with a passkey, and what a page would do. */
async function withPasskey(t: Parameters<typeof start>[0]) {
  const server = await start(t);
  const { call, enter, address } = server;
  const site = { origin: address, rpId: new URL(address).hostname };
  const anna = await enter("anna", "physicist");
  const authenticator = new SoftwareAuthenticator();
  const challengeOf = async (path: string, headers = {}): Promise<string> => {
    const answer = await call("POST", `/api/v1${path}`, headers);
    assert.equal(answer.status, 200);
    return ((await answer.json()) as { challenge: string }).challenge;
  };
  const toMake = (headers = anna) => challengeOf("/passkeys/options", headers);
  const toLogIn = () => challengeOf("/session/passkey/options");
  const keep = async (made: object, headers = anna) => (await call("POST", "/api/v1/passkeys", headers, made)).status;
  const login = async (answer: object) => (await call("POST", "/api/v1/session/passkey", {}, answer)).status;
  assert.equal(await keep(authenticator.create({ ...site, challenge: await toMake() })), 200);
  const proof = async (more: Partial<Ceremony> = {}) =>
    authenticator.get({ ...site, challenge: await toLogIn(), counter: 2, ...more });
  return { ...server, site, anna, authenticator, toMake, toLogIn, keep, login, proof };
}

test("a passkey's answer counts once, in time, for the challenge that was given, and from this site", async (t) => {
  const { login, proof, toMake, advance, site } = await withPasskey(t);
  const once = await proof();
  assert.equal(await login(once), 200);
  assert.equal(await login(once), 401, "replayed");
  const both = await proof({ counter: 3 });
  assert.deepEqual((await Promise.all([login(both), login(both)])).sort(), [200, 401], "twice at the same moment");
  const late = await proof({ counter: 4 });
  advance(5 * 60_000);
  assert.equal(await login(late), 401, "late");
  const attempts: Record<string, Partial<Ceremony>> = {
    "a challenge of its own": { challenge: Buffer.alloc(32, 1).toString("base64url") },
    "a challenge for making one": { challenge: await toMake() },
    "a page of another site": { origin: "https://phishing.example" },
    "the same host by another scheme": { origin: site.origin.replace("http:", "https:") },
    "a passkey of another site": { rpId: "phishing.example" },
    "nobody verified": { isVerified: false },
    "a counter that goes back: a copy": { counter: 1 },
  };
  for (const [name, more] of Object.entries(attempts))
    assert.equal(await login(await proof({ counter: 5, ...more })), 401, name);
  assert.equal(await login(await proof({ counter: 6 })), 200, "and the right one still counts");
});

test("a signature by another key, or over other data, opens nothing", async (t) => {
  const { login, proof, authenticator } = await withPasskey(t);
  const sound = await proof();
  const forged = await proof();
  const thief = new SoftwareAuthenticator();
  const { signature } = thief.get({ challenge: "", origin: "", rpId: "" }).response;
  assert.equal(await login({ ...forged, response: { ...forged.response, signature } }), 401, "signed by another key");
  const { clientDataJSON } = forged.response;
  assert.equal(
    await login({ ...sound, response: { ...sound.response, clientDataJSON } }),
    401,
    "over another challenge",
  );
  const named = { id: thief.id.toString("base64url"), rawId: thief.id.toString("base64url") };
  assert.equal(await login({ ...(await proof()), ...named }), 401, "under an unknown id");
  assert.equal(authenticator.id.length, 16);
});

test("a passkey is made by who is logged in, for the challenge that this person was given", async (t) => {
  const { keep, toMake, enter, site, call } = await withPasskey(t);
  const eve = await enter("eve", "physicist");
  const stolen = new SoftwareAuthenticator().create({ ...site, challenge: await toMake() });
  assert.equal(await keep(stolen, eve), 401, "anna's challenge in eve's session");
  const own = new SoftwareAuthenticator().create({ ...site, challenge: await toMake(eve) });
  assert.equal(await keep(own, eve), 200);
  assert.equal(await keep(own, eve), 401, "replayed");
  assert.equal((await call("POST", "/api/v1/passkeys/options")).status, 401, "nobody");
  const careless = new SoftwareAuthenticator().create({ ...site, challenge: await toMake(), isVerified: false });
  assert.equal(await keep(careless), 401, "nobody verified");
});
