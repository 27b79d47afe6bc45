import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { makeObject } from "../../test/support/made-object.ts";
import { need } from "../../test/support/need.ts";
import { killServers, mainFile, startServer } from "../../test/support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-serve-"));
after(() => rmSync(root, { recursive: true }));

afterEach(killServers);

let count = 0;
const newData = () => join(mkdtempSync(join(root, `${count++}-`)), "data");

const holdfast = (data: string, ...words: string[]) =>
  spawnSync(process.execPath, [mainFile, ...words, "--data", data], {
    encoding: "utf8",
    env: { ...process.env, XDG_CONFIG_HOME: join(data, "..", "config") },
  });

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("one ready line on standard output, both sides listen, SIGTERM stops cleanly", async () => {
  const data = newData();
  const server = await startServer(data);
  assert.equal(server.stdout(), `ready dicom=127.0.0.1:${server.dicomPort} http=${server.url}\n`);
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  const socket = connect(server.dicomPort, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
  assert.equal(await server.stop(), 0);
  assert.equal(server.stdout().trim().split("\n").length, 1);
});

test("the first start prints where the key is and how to back it up, the second does not", async () => {
  const data = newData();
  const first = await startServer(data);
  assert.match(first.stderr(), /A new archive was made\. Its keys are in\n {2}(\S+)\n.*\n {2}npx holdfast keys backup/);
  const keyFile = /^ {2}(\/\S+)$/m.exec(first.stderr())?.[1] ?? "";
  assert.ok(existsSync(keyFile) && !keyFile.startsWith(`${data}/`));
  await first.stop();
  const second = await startServer(data);
  assert.equal(second.stderr(), "");
  await second.stop();
});

test("a second process on the same folder cannot run, and says how to go on", async () => {
  const data = newData();
  const server = await startServer(data);
  const second = holdfast(data, "serve", "--dicom-port", "0", "--http-port", "0");
  assert.equal(second.status, 3);
  assert.match(second.stderr, /^storage\/locked/m);
  assert.equal(second.stdout, "");
  const file = join(root, "some.dcm");
  writeFileSync(file, makeObject().file);
  const direct = holdfast(data, "import", file);
  assert.equal(direct.status, 3);
  assert.match(direct.stderr, /import through it: add --url/);
  assert.equal(holdfast(data, "verify").status, 3);
  const through = holdfast(data, "import", "--url", server.url, file);
  assert.deepEqual([through.status, through.stderr], [0, ""]);
  const program = join(root, "program.dcm");
  writeFileSync(program, Buffer.concat([Buffer.from("MZ"), makeObject().file.subarray(2)]));
  const refused = holdfast(data, "import", "--url", server.url, program);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /refused .*program\.dcm: object\/executable/);
  const { sopInstanceUid } = makeObject();
  const found = await (await fetch(`${server.url}/dicom-web/instances?SOPInstanceUID=${sopInstanceUid}`)).json();
  assert.equal((found as unknown[]).length, 1);
  assert.equal(await server.stop(), 0);
});

test("a port that is in use is named with the option that sets it", async () => {
  const server = await startServer(newData());
  const port = String(server.dicomPort);
  const second = holdfast(newData(), "serve", "--dicom-port", port, "--http-port", "0");
  assert.equal(second.status, 3);
  assert.match(second.stderr, new RegExp(`association/listen: .*dicomPort ${port} is in use`));
  await server.stop();
});

test("a key file that is gone stops the start", async () => {
  const data = newData();
  await (await startServer(data)).stop();
  rmSync(join(data, "..", "config"), { recursive: true });
  const again = holdfast(data, "serve", "--dicom-port", "0", "--http-port", "0");
  assert.equal(again.status, 3);
  assert.match(again.stderr, /^storage\/key: .*\n {2}Name the right key file with --key-file/m);
});

test("an open network is announced loudly", async () => {
  const server = await startServer(newData(), ["--host", "0.0.0.0", "--insecure-network"]);
  assert.match(server.stderr(), /WARNING: anyone who can reach 0\.0\.0\.0/);
  await server.stop();
});

test("the first signal lets an upload end, a second one ends it at once", async () => {
  const server = await startServer(newData(), ["--log-level", "info"]);
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write("POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n");
  socket.write('Content-Type: multipart/related; type="application/dicom"; boundary=x\r\n\r\n--x\r\n');
  await fetch(`${server.url}/healthz`); // behind the upload in the server's queue
  server.process.kill("SIGTERM");
  await until(async () => server.stderr().includes("stopping"));
  assert.equal(server.process.exitCode, null, "still draining");
  server.process.kill("SIGTERM");
  const [code] = await once(server.process, "exit");
  assert.equal(code, 3);
  assert.match(server.stderr(), /stopped at once/);
  socket.destroy();
});

test("what storescu sent, SIGKILL does not lose", { skip: need("storescu") }, async () => {
  const data = newData();
  const files = [1, 2, 3].map((instance) => {
    const file = join(root, `${instance}.dcm`);
    writeFileSync(file, makeObject({ instance }).file);
    return file;
  });
  const server = await startServer(data);
  execFileSync("storescu", ["-aec", "HOLDFAST", "127.0.0.1", String(server.dicomPort), ...files]);
  await server.kill();
  const again = await startServer(data);
  const found = await (await fetch(`${again.url}/dicom-web/instances`)).json();
  assert.equal((found as unknown[]).length, 3);
  await again.stop();
});

test("bin/holdfast.js runs whatever Node starts it", () => {
  const bin = fileURLToPath(new URL("../../bin/holdfast.js", import.meta.url));
  for (const node of [
    process.execPath,
    ...readdirSync("/usr/bin")
      .filter((name) => name === "node")
      .map((name) => `/usr/bin/${name}`),
  ]) {
    const { status, stdout } = spawnSync(node, [bin, "--version"], { encoding: "utf8" });
    assert.equal(status, 0, node);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  }
});

test("TLS with client certificates on the DICOM side, TLS on the HTTP side", {
  skip: need("openssl", "echoscu"),
}, async () => {
  const folder = mkdtempSync(join(root, "tls-"));
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
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
    ...subject,
  );
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(
    join(folder, "site.yaml"),
    `tls:\n  dicom: { cert: cert.pem, key: key.pem, ca: cert.pem, clientCertificates: required }\n  http: { cert: cert.pem, key: key.pem }\n`,
  );
  const server = await startServer(newData(), ["--config", join(folder, "site.yaml")]);
  assert.match(server.url, /^https:/);
  const echo = (...words: string[]) =>
    spawnSync("echoscu", [...words, "-aec", "HOLDFAST", "127.0.0.1", String(server.dicomPort)], { encoding: "utf8" });
  assert.equal(echo("+tls", key, cert, "+cf", cert).status, 0);
  assert.notEqual(echo("+tla", "+cf", cert).status, 0, "without a certificate");
  assert.notEqual(echo().status, 0, "without TLS");
  assert.match(
    execFileSync("curl", ["-s", "--cacert", cert, `${server.url}/healthz`], { encoding: "utf8" }),
    /"ok":true/,
  );
  assert.equal(await server.stop(), 0);
});
