import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { makeObject } from "./testing/objects.ts";
import { startServer } from "./testing/server.ts";

/** Sends raw bytes and gives everything that comes back until the server closes. */
function raw(base: string, bytes: string, keepOpen = false): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(new URL(base).port), "127.0.0.1");
    socket.setEncoding("latin1").on("data", (text) => {
      answer += text;
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", () => resolve(answer));
    socket.write(bytes);
    if (!keepOpen) socket.end();
  });
}

test("status, health, readiness and metrics", async (t) => {
  const { base, store, archive } = await startServer(t);
  await store(makeObject());
  const status = (await (await fetch(`${base}/api/v1/status`)).json()) as Record<string, Record<string, unknown>>;
  assert.equal(status["archive"]!["instances"], 1);
  assert.equal(status["dicom"]!["aeTitle"], "HOLDFAST");
  assert.ok((status["http"]!["connections"] as number) >= 1);
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
  assert.equal((await fetch(`${base}/readyz`)).status, 200);
  archive.healthy = false;
  const unready = await fetch(`${base}/readyz`);
  assert.equal(unready.status, 503);
  assert.deepEqual(await unready.json(), { ok: false, stores: false, watches: false, code: "storage/full" });
});

test("metrics name routes, never what was asked for", async (t) => {
  const { base, web, store } = await startServer(t);
  await store(makeObject());
  await (await fetch(`${web}/studies/1.2.3/metadata`)).arrayBuffer();
  await (await fetch(`${web}/studies?PatientName=Secret`)).arrayBuffer();
  await (await fetch(`${base}/no/such/1.2.3`)).arrayBuffer();
  const text = await (await fetch(`${base}/metrics`)).text();
  assert.match(
    text,
    /holdfast_http_requests_total\{route="\/dicom-web\/studies\/:study\/metadata",method="GET",status="200"\} 1/,
  );
  assert.match(text, /holdfast_archive_objects\{kind="instances"\} 1/);
  assert.ok(!text.includes("1.2.3") && !text.includes("Secret"));
});

test("the OpenAPI document describes every route", async (t) => {
  const { base, server } = await startServer(t);
  const document = (await (await fetch(`${base}/api/v1/openapi.json`)).json()) as { openapi: string; paths: object };
  assert.match(document.openapi, /^3\./);
  const paths = Object.keys(document.paths);
  for (const path of [
    "/dicom-web/studies",
    "/dicom-web/studies/{study}/series/{series}/instances/{instance}/frames/{frames}",
    "/api/v1/status",
    "/metrics",
  ]) {
    assert.ok(paths.includes(path), `${path} is missing from ${paths.join(" ")}`);
  }
  assert.ok(server.printRoutes().length > 0);
});

test("versions of an instance, oldest first", async (t) => {
  const { base, store } = await startServer(t);
  await store(makeObject());
  await store(makeObject({ patientId: "P2" }));
  const url = `${base}/api/v1/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1/versions`;
  const { versions } = (await (await fetch(url)).json()) as { versions: { version: number; current: boolean }[] };
  assert.deepEqual(
    versions.map(({ version, current }) => [version, current]),
    [
      [1, false],
      [2, true],
    ],
  );
  assert.equal((await fetch(url.replace("/1.2.3/", "/9.9/"))).status, 404);
});

test("a rebound host and a forged origin are refused, on the record", async (t) => {
  const { base, archive, server } = await startServer(t);
  const rebound = await raw(base, "GET /dicom-web/studies HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
  assert.match(rebound, /^HTTP\/1\.1 421 /);
  const forged =
    "DELETE /dicom-web/studies/1.2.3 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n";
  assert.match(await raw(base, forged), /^HTTP\/1\.1 403 /);
  await server.close();
  assert.deepEqual(
    archive.events.map((event) => [event.activity, event.status, event.status_code]),
    [
      ["query", "denied", "421"],
      ["delete", "denied", "403"],
    ],
  );
});

test("every response carries the security fields", async (t) => {
  const { base, web, store } = await startServer(t);
  await store(makeObject({ edit: (dataSet) => void dataSet.set(0x7fe00010, "OB", new Uint8Array(400_000)) }));
  for (const url of [`${base}/healthz`, `${base}/nowhere`, `${web}/studies`, `${web}/studies/1.2.3`]) {
    const { headers } = await fetch(url);
    assert.equal(headers.get("x-content-type-options"), "nosniff", url);
    assert.equal(headers.get("cache-control"), "no-store", url);
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin", url);
    assert.match(headers.get("content-security-policy")!, /default-src 'self'/);
    assert.equal(headers.get("access-control-allow-origin"), null);
  }
});

test("too many requests at once are told to come back, health stays reachable", async (t) => {
  const { base, web } = await startServer(t, { limits: { concurrentRequests: 1 } });
  const head = 'Content-Type: multipart/related; type="application/dicom"; boundary=b\r\nContent-Length: 100';
  const slow = connect(Number(new URL(base).port), "127.0.0.1");
  slow.write(`POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n--b`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const refused = await fetch(`${web}/studies`);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
  slow.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await fetch(`${web}/studies`)).status, 204);
});

test("slow and oversized heads are cut off", async (t) => {
  const { base } = await startServer(t, { limits: { headersTimeout: 300, headerBytes: 2048, idleTimeout: 300 } });
  const slow = await raw(base, "GET /dicom-web/studies HTTP/1.1\r\nHost: loc", true);
  assert.match(slow, /^(HTTP\/1\.1 408 |$)/);
  const long = await raw(base, `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(4000)}\r\n\r\n`);
  assert.match(long, /^HTTP\/1\.1 431 /);
});

test("a head that trickles in is given up, however busy the connection looks", async (t) => {
  const { base } = await startServer(t, { limits: { headersTimeout: 300, idleTimeout: 600_000 } });
  const socket = connect(Number(new URL(base).port), "127.0.0.1");
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => {}).resume();
  socket.write("GET /healthz HTTP/1.1\r\n");
  const drip = setInterval(() => socket.write("X: y\r\n"), 50);
  await closed;
  clearInterval(drip);
});

test("what no route sees is refused with a problem document too, and not quoted", async (t) => {
  const { base, web } = await startServer(t, { limits: { headerBytes: 16 * 1024 } });
  const refusals: [request: string, status: number, code: string][] = [
    ["GET / HTTP/9.9\r\n\r\n", 400, "request/invalid"],
    [`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431, "request/too-large"],
    [
      `GET /dicom-web/studies/${"9".repeat(6000)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      414,
      "request/too-large",
    ],
    ["GET /dicom-web/studies/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400, "request/invalid"],
  ];
  for (const [request, status, code] of refusals) {
    const [head = "", body = ""] = (await raw(base, request)).split("\r\n\r\n");
    assert.match(head, new RegExp(`^HTTP/1.1 ${status} `), request.slice(0, 60));
    assert.match(head, /content-type: application\/problem\+json/i);
    assert.match(head, /x-content-type-options: nosniff/i);
    assert.equal(JSON.parse(body).code, code);
    assert.ok(!body.includes("999999"));
  }
  assert.equal((await fetch(`${web}/studies`)).status, 204);
});

test("a body that trickles in is given up", async (t) => {
  const { base, archive } = await startServer(t, { limits: { idleTimeout: 200, minimumRate: 100_000 } });
  const head = "Content-Type: application/dicom\r\nContent-Length: 100000\r\nConnection: close";
  const socket = connect(Number(new URL(base).port), "127.0.0.1");
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => {}).resume();
  socket.write(`POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n`);
  const drip = setInterval(() => socket.write("x"), 50);
  await closed;
  clearInterval(drip);
  assert.equal(archive.objects.length, 0);
});

test("errors tell the code and nothing of the patient", async (t) => {
  const { web, archive } = await startServer(t);
  archive.query = () => Promise.reject(new Error("Müller^Test is in the way"));
  const response = await fetch(`${web}/studies?PatientName=Müller`);
  assert.equal(response.status, 500);
  const text = await response.text();
  assert.deepEqual(JSON.parse(text), {
    type: "urn:holdfast:internal:error",
    title: "An unexpected error.",
    status: 500,
    code: "internal/error",
  });
});
