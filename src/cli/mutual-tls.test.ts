import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { need } from "../../test/support/need.ts";
import { killServers, startServer } from "../../test/support/server.ts";
import { runHere } from "./testing/command.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-mtls-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: root, stdio: "pipe" });

/** A certificate that the test's authority issued; its files, and its SHA-256. */
function issued(name: string) {
  const [key, cert] = [join(root, `${name}.key`), join(root, `${name}.pem`)];
  openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
  openssl(
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-out",
    cert,
    "-days",
    "2",
  );
  const { fingerprint256 } = new X509Certificate(readFileSync(cert));
  return { key, cert, fingerprint: fingerprint256.replaceAll(":", "").toLowerCase() };
}

test("mutual TLS: a key and a peer are their certificates, another of the same authority is nobody", {
  skip: need("openssl", "echoscu"),
}, async () => {
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=authority",
  );
  const [server, known, other] = [issued("localhost"), issued("known"), issued("other")];
  const add = async (...words: string[]) => assert.equal((await runHere(words, root)).code, 0);
  await add("users", "add", "anna", "--role", "administrator");
  await add("keys", "add", "monitor", "--scope", "metrics", "--certificate", known.fingerprint);
  await add("peers", "add", "CT1", "--role", "modality", "--certificate", known.fingerprint);
  const tls: NodeJS.ProcessEnv = {};
  for (const side of ["DICOM", "HTTP"])
    Object.assign(tls, {
      [`HOLDFAST_TLS_${side}_CERT`]: server.cert,
      [`HOLDFAST_TLS_${side}_KEY`]: server.key,
      [`HOLDFAST_TLS_${side}_CA`]: join(root, "ca.pem"),
      [`HOLDFAST_TLS_${side}_CLIENT_CERTIFICATES`]: "optional",
    });
  const running = await startServer(join(root, "data"), [], tls);
  const metrics = (shown?: { key: string; cert: string }): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const ca = readFileSync(join(root, "ca.pem"));
      const own = shown ? { key: readFileSync(shown.key), cert: readFileSync(shown.cert) } : {};
      const options = { ca, ...own, servername: "localhost", agent: false, checkServerIdentity: () => undefined };
      request(`${running.url}/metrics`, options, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
  assert.equal(await metrics(known), 200);
  assert.equal(await metrics(other), 401);
  assert.equal(await metrics(), 401);
  const echo = (title: string, { key, cert }: { key: string; cert: string }) =>
    spawnSync("echoscu", [
      "+tls",
      key,
      cert,
      "+cf",
      join(root, "ca.pem"),
      "-aet",
      title,
      "-aec",
      "HOLDFAST",
      "127.0.0.1",
      String(running.dicomPort),
    ]).status;
  assert.equal(echo("CT1", known), 0);
  assert.notEqual(echo("CT1", other), 0);
  assert.notEqual(echo("CT2", known), 0);
  assert.equal(await running.stop(), 0);
});
