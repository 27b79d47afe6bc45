/** A mirror and its origin, two real processes, with mutual TLS and something between them that lies at will. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { freePort, start } from "../interop/dimse-tools.ts";
import { makeObject } from "../support/made-object.ts";
import { need } from "../support/need.ts";
import { killServers, mainFile, type ServerProcess, startServer } from "../support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-mirror-"));
const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
  killServers();
  rmSync(root, { recursive: true });
});

const inRoot = (name: string): string => join(root, name);
const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: root, stdio: "pipe" });
const holdfast = (...words: string[]) =>
  spawnSync(process.execPath, [mainFile, ...words], {
    encoding: "utf8",
    env: { ...process.env, XDG_CONFIG_HOME: inRoot("config") },
  });
const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

/** A certificate of the test's authority. */
function issued(name: string) {
  openssl(
    "req",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.csr`,
    "-subj",
    `/CN=${name}`,
  );
  writeFileSync(inRoot("san.cnf"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "san.cnf", "-days", "2"];
  openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, ...by);
  const { fingerprint256 } = new X509Certificate(readFileSync(inRoot(`${name}.pem`)));
  return { fingerprint: fingerprint256.replaceAll(":", "").toLowerCase() };
}

/** What stands between the two: passes everything on, or spoils what it is told to. */
interface Between {
  port: number;
  url: string;
  spoil: (path: string, body: Buffer) => Buffer | "break" | "stall";
}

async function between(originPort: () => number): Promise<Between> {
  const file = (name: string) => readFileSync(inRoot(name));
  const own = { key: file("mirror.key"), cert: file("mirror.pem"), ca: file("ca.pem") };
  const it: Between = { port: 0, url: "", spoil: (_path, body) => body };
  const server = createServer({ key: file("localhost.key"), cert: file("localhost.pem") }, (asked, answer) => {
    const { url: path, method, headers } = asked;
    const to = { host: "127.0.0.1", port: originPort(), path, method, headers, ...own, servername: "localhost" };
    const forwarded = request(to, (got: IncomingMessage) => {
      const chunks: Buffer[] = [];
      got.on("data", (chunk: Buffer) => chunks.push(chunk));
      got.on("error", () => answer.destroy());
      got.on("end", () => {
        const body = Buffer.concat(chunks);
        const spoilt = got.statusCode === 206 ? it.spoil(path!, body) : body;
        answer.writeHead(got.statusCode!, got.headers);
        if (Buffer.isBuffer(spoilt)) answer.end(spoilt);
        else answer.write(body.subarray(0, body.length >> 1), () => spoilt === "break" && answer.destroy());
      });
    });
    forwarded.on("error", () => answer.destroy());
    forwarded.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  it.port = (server.address() as AddressInfo).port;
  it.url = `https://localhost:${it.port}`;
  return it;
}

interface Mirror {
  entries: number;
  behind: number;
  failures: number;
  bytes: number;
  level?: number;
  lagSeconds: number;
  code?: string;
  alarm: boolean;
}

async function mirrorOf(server: ServerProcess): Promise<Mirror> {
  return ((await (await fetch(`${server.url}/readyz`)).json()) as { mirror: Mirror }).mirror;
}

/** Polls in a bound, so that what never comes says what is there instead. */
async function until(server: ServerProcess, holds: (mirror: Mirror) => boolean): Promise<Mirror> {
  let mirror: Mirror | undefined;
  for (let polls = 0; polls < 900; polls++) {
    mirror = await mirrorOf(server);
    if (holds(mirror)) return mirror;
    await pause();
  }
  throw new Error(`The mirror stays at ${JSON.stringify(mirror)}: ${server.stderr()}`);
}

const flipped = (body: Buffer): Buffer => {
  const altered = Buffer.from(body);
  altered[altered.length >> 1]! ^= 1;
  return altered;
};

/** Checkpoints of other roots that keep the form of a note: what has lost it counts as torn, and is passed over. */
const otherRoots = (notes: Buffer): Buffer =>
  Buffer.from(
    notes.toString().replace(/^[A-Za-z0-9+/]{43}=$/gm, (root) => (root[0] === "A" ? "B" : "A") + root.slice(1)),
  );

test("a mirror takes nothing altered, resumes after a kill, serves alone, and refuses another history", {
  skip: need("openssl", "getscu", "movescu", "storescp", "storescu"),
}, async () => {
  const ca = ["-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=authority"];
  openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", ...ca);
  issued("localhost");
  const { fingerprint } = issued("mirror");
  const objects = Array.from({ length: 8 }, (_, index) =>
    makeObject({ study: 1 + (index >> 2), instance: index + 1, pixels: 150_000 }),
  );
  const store = (name: string, made: ReturnType<typeof makeObject>[]): string => {
    mkdirSync(inRoot(name));
    for (const [index, { file }] of made.entries()) writeFileSync(join(inRoot(name), `${index}.dcm`), file);
    return inRoot(name);
  };
  const origin = inRoot("origin");
  const keyFile = inRoot("origin.key.json");
  const on = ["--data", origin, "--key-file", keyFile];
  assert.equal(holdfast("import", store("first", objects.slice(0, 2)), ...on).status, 0);
  cpSync(origin, inRoot("before"), { recursive: true });
  assert.equal(holdfast("import", store("second", objects.slice(2)), ...on).status, 0);
  const added = ["keys", "add", "clinic", "--role", "mirror", "--scope", "mirror", "--certificate", fingerprint, ...on];
  assert.equal(holdfast(...added).status, 0);
  const readerFile = inRoot("reader.key.json");
  assert.equal(holdfast("keys", "reader", readerFile, ...on).status, 0);
  const https = {
    HOLDFAST_TLS_HTTP_CERT: inRoot("localhost.pem"),
    HOLDFAST_TLS_HTTP_KEY: inRoot("localhost.key"),
    HOLDFAST_TLS_HTTP_CA: inRoot("ca.pem"),
    HOLDFAST_TLS_HTTP_CLIENT_CERTIFICATES: "optional",
  };
  let served = await startServer(origin, ["--key-file", keyFile], https);
  const proxy = await between(() => Number(new URL(served.url).port));
  const follow = {
    HOLDFAST_MIRROR_FROM: proxy.url,
    HOLDFAST_MIRROR_KEY_FILE: readerFile,
    HOLDFAST_MIRROR_CERT: inRoot("mirror.pem"),
    HOLDFAST_MIRROR_KEY: inRoot("mirror.key"),
    HOLDFAST_MIRROR_CA: inRoot("ca.pem"),
  };
  const data = inRoot("mirror");

  // Altered and broken answers: each is noticed, and nothing of them is shown.
  const lies: [part: string, how: Between["spoil"], code: string][] = [
    ["/vault/", (_path, body) => flipped(body), "mirror/damaged"],
    [".hfj", (_path, body) => (body.length > 2_000 ? flipped(body) : body), "mirror/damaged"],
    ["/journal/checkpoints", (_path, body) => otherRoots(body), "mirror/damaged"],
    ["/vault/", () => "break", "mirror/failed"],
    [".hfj", () => "break", "mirror/failed"],
  ];
  for (const [index, [part, how, code]] of lies.entries()) {
    proxy.spoil = (path, body) => (path.includes(part) ? how(path, body) : body);
    // In a folder of its own: what came whole is kept, and would not be asked for again.
    const mirror = await startServer(`${data}${index}`, [], follow);
    const seen = await until(mirror, ({ failures }) => failures > 0);
    assert.equal(seen.code, code, part);
    assert.equal(seen.entries, 0, part);
    assert.equal(seen.alarm, code === "mirror/damaged");
    assert.equal((await fetch(`${mirror.url}/readyz`)).status, 503);
    assert.equal(await mirror.stop(), 0);
  }

  // Killed in the middle of a segment; what came is kept, and the rest follows.
  proxy.spoil = (path, body) => (path.includes("/vault/") ? "stall" : body);
  const killed = await startServer(data, [], follow);
  const segment = join(data, "mirror", "vault", "00000001.hfs");
  const sizeOf = (path: string): number => {
    try {
      return readFileSync(path).length;
    } catch {
      return 0;
    }
  };
  while (sizeOf(segment) < 1_000) await pause();
  await killed.kill();
  proxy.spoil = (_path, body) => body;
  let mirror = await startServer(data, [], follow);
  const caught = await until(mirror, ({ entries, behind, failures }) => entries > 0 && behind === 0 && failures === 0);
  assert.equal(caught.alarm, false);
  assert.match(await (await fetch(`${mirror.url}/metrics`)).text(), /^holdfast_mirror_lag_seconds \d/m);
  const said = holdfast("mirror", "status", "--url", mirror.url);
  assert.equal(said.status, 0, said.stdout + said.stderr);

  // What is stored at the origin now comes by itself.
  const late = makeObject({ study: 3, instance: 99 });
  const at = [served.dicomHost, String(served.dicomPort)];
  execFileSync("storescu", ["-aec", "HOLDFAST", ...at, join(store("late", [late]), "0.dcm")]);
  const studies = async (): Promise<unknown[]> => {
    const answer = await fetch(`${mirror.url}/dicom-web/studies`);
    return answer.status === 204 ? [] : ((await answer.json()) as unknown[]);
  };
  while ((await studies()).length < 3) await pause();

  // A token of the right role, nobody, and a name outside are refused at the origin.
  const ask = (path: string, shown: object): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const options = { ca: readFileSync(inRoot("ca.pem")), servername: "localhost", agent: false, ...shown };
      request(`${served.url}/api/v1/mirror/files/${path}`, options, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on("error", reject)
        .end();
    });
  const shown = { key: readFileSync(inRoot("mirror.key")), cert: readFileSync(inRoot("mirror.pem")) };
  assert.equal(await ask("holdfast.json", shown), 200);
  assert.equal(await ask("holdfast.json", {}), 403);
  for (const path of ["journal/lock", "vault/..%2Flock", "catalogue/catalogue.sqlite", "journal/%2e%2e"])
    assert.equal(await ask(path, shown), 404, path);

  // The origin is gone: the copy is whole and serves, and takes nothing.
  await served.kill();
  await mirror.stop();
  const port = await freePort();
  const moved = inRoot("moved");
  mkdirSync(moved);
  await using _destination = await start("storescp", port, "-od", moved, "+B", port);
  const peers = [{ aeTitle: "DEST", host: "127.0.0.1", port }];
  writeFileSync(inRoot("mirror.config.json"), JSON.stringify({ peers }));
  mirror = await startServer(data, ["--config", inRoot("mirror.config.json")], follow);
  const out = inRoot("got");
  mkdirSync(out);
  const words = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${objects[0]!.studyUid}`];
  const there = [mirror.dicomHost, String(mirror.dicomPort)];
  execFileSync("getscu", ["-aec", "HOLDFAST", "-od", out, "+B", ...words, ...there], { stdio: "pipe" });
  const move = ["-aec", "HOLDFAST", "-aem", "DEST", ...words, ...there];
  execFileSync("movescu", move, { stdio: "pipe" });
  assert.equal(readdirSync(moved).length, 4, "C-MOVE sends from the copy");
  const got = readdirSync(out).map((name) => readFileSync(join(out, name)));
  assert.equal(got.length, 4);
  for (const { dataSet } of objects.slice(0, 4))
    assert.ok(got.some((file) => file.subarray(-dataSet.length).equals(dataSet)));
  assert.notEqual(spawnSync("storescu", ["-aec", "HOLDFAST", ...there, join(inRoot("late"), "0.dcm")]).status, 0);
  const gone = await fetch(`${mirror.url}/dicom-web/studies/${late.studyUid}`, { method: "DELETE" });
  assert.equal(((await gone.json()) as { code: string }).code, "mirror/read-only");
  const [refused] = [await until(mirror, ({ failures }) => failures > 0)];
  assert.deepEqual([refused.code, refused.alarm], ["mirror/failed", false]);
  assert.equal((await fetch(`${mirror.url}/readyz`)).status, 200);

  // An origin with the same keys and another past.
  rmSync(origin, { recursive: true });
  cpSync(inRoot("before"), origin, { recursive: true });
  const others = Array.from({ length: 30 }, (_, index) => makeObject({ study: 9, instance: index + 1 }));
  for (const made of [others.slice(0, 15), others.slice(15)])
    assert.equal(
      holdfast("import", store(`other${made.length}${made[0]!.sopInstanceUid.slice(-2)}`, made), ...on).status,
      0,
    );
  assert.equal(holdfast(...added).status, 0);
  served = await startServer(origin, ["--key-file", keyFile], https);
  const forked = await until(mirror, ({ code }) => code !== undefined && code !== "mirror/failed");
  assert.ok(forked.alarm, forked.code);
  assert.equal((await studies()).length, 3, "it keeps showing the history from before");
  assert.equal(holdfast("mirror", "status", "--url", mirror.url).status, 1);
  assert.equal(await served.stop(), 0);
  assert.equal(await mirror.stop(), 0);

  // Byte for byte, from the copy alone.
  const copy = ["--data", join(data, "mirror"), "--key-file", keyFile];
  const verified = holdfast("verify", "--data", join(data, "mirror"), "--key-file", readerFile);
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
  const refusedKey = holdfast(
    "export",
    "--all",
    "--out",
    inRoot("none"),
    "--data",
    join(data, "mirror"),
    "--key-file",
    readerFile,
  );
  assert.match(refusedKey.stderr, /storage\/key/, "what only reads serves no archive");
  assert.equal(holdfast("export", "--all", "--out", inRoot("all"), ...copy).status, 0);
  const files = readdirSync(inRoot("all"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".dcm"),
  );
  const exported = files.map((name) => readFileSync(join(inRoot("all"), name)));
  assert.equal(exported.length, objects.length + 1);
  for (const { file } of objects) assert.ok(exported.some((bytes) => bytes.equals(file)));
});
