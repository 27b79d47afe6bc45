import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { bytesOfBase32 } from "../../test/support/gate.ts";
import { makeObject } from "../../test/support/made-object.ts";
import { need } from "../../test/support/need.ts";
import { killServers, startServer } from "../../test/support/server.ts";
import { totpCode, totpStep } from "../gate/index.ts";
import { runHere } from "./testing/command.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-manage-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

const folder = (): string => mkdtempSync(join(root, "site-"));

const filesOf = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** A key that may store, made through the server. */
async function remoteKey(remote: (...words: string[]) => Promise<{ stdout: string }>): Promise<string> {
  return JSON.parse((await remote("keys", "add", "uploads", "--scope", "store")).stdout).token;
}

test("accounts, keys and peers made on the folder count in the server, and through it with a key", async () => {
  const cwd = folder();
  const json = async (...words: string[]) => JSON.parse((await runHere([...words, "--json"], cwd)).stdout);
  const made = await json("users", "add", "anna", "--role", "administrator");
  const { token } = await json(
    "keys",
    "add",
    "automation",
    "--role",
    "administrator",
    "--scope",
    "peers.manage",
    "--scope",
    "peers.read",
    "--scope",
    "keys.manage",
  );
  const peer = ["peers", "add", "CT1", "--role", "modality", "--address", "127.0.0.0/8", "--tenant", "north"];
  assert.match((await runHere(peer, cwd)).stderr, /^gate\/unknown-tenant/);
  assert.equal((await json("tenants", "add", "north", "--display", "Klinikum Nord")).open, true);
  await json("peers", "add", "CT1", "--role", "modality", "--address", "127.0.0.0/8", "--tenant", "north");
  assert.equal((await json("users", "list"))[0].totp, true);
  const server = await startServer(join(cwd, "data"));
  assert.equal((await fetch(`${server.url}/api/v1/users`)).status, 401);
  const login = (password: string) =>
    fetch(`${server.url}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        user: "anna",
        password,
        code: totpCode(bytesOfBase32(made.secret), totpStep(Date.now())),
      }),
    });
  assert.equal((await login("not the password")).status, 401);
  assert.equal((await login(made.password)).status, 200);
  const remote = (...words: string[]) =>
    runHere([...words, "--url", server.url, "--json"], cwd, { variables: { HOLDFAST_TOKEN: token } });
  assert.deepEqual(
    JSON.parse((await remote("peers", "list")).stdout).map(({ aeTitle }: { aeTitle: string }) => aeTitle),
    ["CT1"],
  );
  assert.equal((await remote("peers", "remove", "CT1")).code, 0);
  assert.equal((await remote("peers", "remove", "CT1")).code, 1);
  assert.match((await remote("users", "list")).stderr, /^gate\/(role|scope)/);
  assert.match((await runHere(["users", "list", "--url", server.url], cwd)).stderr, /^gate\/unauthenticated/);
  const uploader = await remoteKey(remote);
  writeFileSync(join(cwd, "a.dcm"), makeObject().file);
  const importing = (variables: NodeJS.ProcessEnv) =>
    runHere(["import", "--url", server.url, "a.dcm"], cwd, { variables });
  assert.notEqual((await importing({})).code, 0);
  assert.equal((await importing({ HOLDFAST_TOKEN: uploader })).code, 0);
  assert.equal(await server.stop(), 0);
  const kept = filesOf(join(cwd, "data")).map((file) => readFileSync(file).toString("latin1"));
  for (const text of [...kept, server.stdout(), server.stderr()])
    for (const each of [made.password, made.secret, secretOf(token), secretOf(uploader), "not the password"])
      assert.ok(!text.includes(each), "a secret was written down");
  const again = await json("users", "reset", "anna");
  assert.notEqual(again.secret, made.secret);
});

test("wrong words are told: an AE title alone proves nothing, a scope beyond the role, a missing name", async () => {
  const cwd = folder();
  const peer = await runHere(["peers", "add", "CT1", "--role", "modality"], cwd);
  assert.match(peer.stderr, /an AE title alone proves nothing/);
  const key = await runHere(["keys", "add", "k", "--scope", "users.manage"], cwd);
  assert.match(key.stderr, /scopes of a service are among/);
  assert.equal((await runHere(["users", "remove", "nobody"], cwd)).code, 1);
});

test("beyond loopback the start is refused until a peer and an administrator are known; then strangers get nothing", {
  skip: need("openssl", "echoscu"),
}, async () => {
  const cwd = folder();
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd, stdio: "pipe" });
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "key.pem",
    "-out",
    "cert.pem",
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
  );
  const tls = { cert: join(cwd, "cert.pem"), key: join(cwd, "key.pem"), clientCertificates: "none" };
  const variables = {
    HOLDFAST_TLS_DICOM_CERT: tls.cert,
    HOLDFAST_TLS_DICOM_KEY: tls.key,
    HOLDFAST_TLS_DICOM_CLIENT_CERTIFICATES: "none",
    HOLDFAST_TLS_HTTP_CERT: tls.cert,
    HOLDFAST_TLS_HTTP_KEY: tls.key,
    HOLDFAST_TLS_HTTP_CLIENT_CERTIFICATES: "none",
  };
  const start = () => startServer(join(cwd, "data"), ["--host", "0.0.0.0"], variables);
  await assert.rejects(
    start(),
    /holdfast peers add.*Also, nobody can log in: npx holdfast users add NAME --role administrator/,
  );
  assert.equal((await runHere(["users", "add", "anna", "--role", "administrator"], cwd)).code, 0);
  assert.equal((await runHere(["peers", "add", "CT1", "--role", "modality", "--address", "127.0.0.1"], cwd)).code, 0);
  const server = await start();
  const echo = (title: string) => {
    const port = String(server.dicomPort);
    return spawnSync("echoscu", ["+tla", "-ic", "-aet", title, "-aec", "HOLDFAST", "127.0.0.1", port]).status;
  };
  assert.notEqual(echo("STRANGER"), 0);
  assert.equal(echo("CT1"), 0);
  assert.equal(await server.stop(), 0);
});

/** What follows the second underscore; it may hold others. */
function secretOf(token: string): string {
  return token.split("_").slice(2).join("_");
}
