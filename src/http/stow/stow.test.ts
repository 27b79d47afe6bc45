import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { makeObject } from "../testing/objects.ts";
import { multipart, startServer } from "../testing/server.ts";

type Module = Record<string, { Value: { [tag: string]: { Value: unknown[] } }[] }>;

test("stores several instances and tells where each one is", async (t) => {
  const { store, web, archive } = await startServer(t);
  const response = await store(makeObject({ instance: "1.1" }), makeObject({ instance: "1.2" }));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/dicom+json");
  const module = (await response.json()) as Module;
  assert.deepEqual(
    module["00081199"]!.Value.map((item) => [item["00081155"]!.Value[0], item["00081190"]!.Value[0]]),
    ["1.1", "1.2"].map((uid) => [uid, `${web}/studies/1.2.3/series/1.2.3.1/instances/${uid}`]),
  );
  assert.equal(module["00081190"]!.Value[0], `${web}/studies/1.2.3`);
  assert.equal(archive.objects.length, 2);
  assert.deepEqual(
    archive.events.map((event) => event.operation),
    ["STOW-RS", "STOW-RS"],
  );
});

test("keeps what is good and reports what is not: 202", async (t) => {
  const { store } = await startServer(t);
  const response = await store(makeObject(), Buffer.from("no DICOM ".repeat(30)), makeObject().subarray(0, 500));
  assert.equal(response.status, 202);
  const module = (await response.json()) as Module;
  assert.equal(module["00081199"]!.Value.length, 1);
  assert.deepEqual(
    module["0008119A"]!.Value.map((item) => item["00081197"]!.Value[0]),
    [0xc000, 0xc000],
  );
  assert.deepEqual(
    module["0008119A"]!.Value.map((item) => [item["00090010"]!.Value[0], item["00091001"]!.Value[0]]),
    [
      ["HOLDFAST", "object/not-dicom"],
      ["HOLDFAST", "object/truncated"],
    ],
  );
});

test("refuses instances of another study with 409 and A900", async (t) => {
  const { web, archive } = await startServer(t);
  const response = await fetch(`${web}/studies/9.9`, multipart([makeObject()]));
  assert.equal(response.status, 409);
  const [item] = ((await response.json()) as Module)["00081198"]!.Value;
  assert.equal(item!["00081197"]!.Value[0], 0xa900);
  assert.equal(item!["00081155"]!.Value[0], "1.2.3.1.1");
  assert.equal(archive.objects.length, 0);
});

test("takes one bare file", async (t) => {
  const { web, archive } = await startServer(t);
  const request = { method: "POST", headers: { "content-type": "application/dicom" }, body: makeObject() };
  assert.equal((await fetch(`${web}/studies`, request)).status, 200);
  assert.ok(archive.objects[0]!.bytes.equals(makeObject()));
});

test("answers in XML when that is accepted", async (t) => {
  const { web } = await startServer(t);
  const request = multipart([makeObject()]);
  const response = await fetch(`${web}/studies`, {
    ...request,
    headers: { ...request.headers, accept: "application/dicom+xml" },
  });
  assert.match(
    await response.text(),
    /<DicomAttribute tag="00081199" vr="SQ" keyword="ReferencedSOPSequence"><Item number="1">/,
  );
});

for (const [what, type, body, status, code] of [
  ["no media type", undefined, "x", 415, "request/media-type"],
  ["another media type", "application/json", "{}", 415, "request/media-type"],
  [
    "metadata with bulk data",
    'multipart/related; type="application/dicom+json"; boundary=b',
    "--b--",
    415,
    "request/media-type",
  ],
  ["no type parameter", "multipart/related; boundary=b", "--b--", 415, "request/media-type"],
  ["no boundary", 'multipart/related; type="application/dicom"', "--b--", 400, "request/invalid"],
  ["no part", 'multipart/related; type="application/dicom"; boundary=b', "--b--", 400, "request/invalid"],
  [
    "a body that breaks off",
    'multipart/related; type="application/dicom"; boundary=b',
    "--b\r\n\r\nxxx",
    400,
    "request/invalid",
  ],
] as const) {
  test(`refuses ${what}: one problem, one event`, async (t) => {
    const { web, archive, server } = await startServer(t);
    const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
    const response = await fetch(`${web}/studies`, { method: "POST", headers, body: Buffer.from(body) });
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal(((await response.json()) as { code: string }).code, code);
    await server.close();
    assert.equal(archive.events.length, 1);
    assert.notEqual(archive.events[0]!.status, "success");
  });
}

test("a body beyond the limit is 413", async (t) => {
  const { web } = await startServer(t, { limits: { bodyBytes: 1000 } });
  const response = await fetch(`${web}/studies`, multipart([makeObject(), makeObject()]));
  assert.equal(response.status, 413);
});

test("a part that is not application/dicom fails alone", async (t) => {
  const { web } = await startServer(t);
  const request = multipart([makeObject()], "text/plain");
  request.headers = { "content-type": 'multipart/related; type="application/dicom"; boundary=cut' };
  assert.equal((await fetch(`${web}/studies`, request)).status, 409);
});

test("a client that goes away leaves nothing half-stored", async (t) => {
  const { base, archive, server } = await startServer(t);
  const { port } = new URL(base);
  const socket = connect(Number(port), "127.0.0.1");
  const head = 'Content-Type: multipart/related; type="application/dicom"; boundary=b\r\nContent-Length: 100000';
  socket.write(`POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n--b\r\n\r\n`);
  socket.write(makeObject().subarray(0, 200));
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await server.close();
  assert.equal(archive.objects.length, 0);
  assert.equal(archive.events.length, 1);
});
