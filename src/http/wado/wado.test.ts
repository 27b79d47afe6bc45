import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { DataSet, parseFileHeader, readDataSet } from "../../dicom/index.ts";
import { makeObject } from "../testing/objects.ts";
import { partsOf, startServer } from "../testing/server.ts";

const path = "/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1";
const asStored = 'multipart/related; type="application/dicom"; transfer-syntax=*';
interface Model {
  [tag: string]: { vr: string; Value?: Model[]; BulkDataURI?: string };
}
const implicit = "1.2.840.10008.1.2";

test("gives back the very bytes at every level, multipart and single part", async (t) => {
  const { store, web } = await startServer(t);
  const files = ["1.1", "1.2"].map((instance) => makeObject({ instance, transferSyntaxUid: implicit }));
  await store(...files);
  for (const [url, count] of [
    ["/studies/1.2.3", 2],
    ["/studies/1.2.3/series/1.2.3.1", 2],
    [`${path.slice(0, -9)}1.1`, 1],
  ] as const) {
    const response = await fetch(web + url, { headers: { accept: asStored } });
    const parts = await partsOf(response);
    assert.deepEqual(
      parts.map((part) => part.body.toString("hex")),
      files.slice(0, count).map((file) => file.toString("hex")),
    );
    assert.match(parts[0]!.head, /Content-Type: application\/dicom; transfer-syntax=1\.2\.840\.10008\.1\.2\r\n/);
    assert.ok(Number(response.headers.get("content-length")) > 0);
  }
  const single = await fetch(`${web}${path.slice(0, -9)}1.2`, {
    headers: { accept: "application/dicom; transfer-syntax=*" },
  });
  assert.ok(Buffer.from(await single.arrayBuffer()).equals(files[1]!));
});

test("without a transfer syntax implicit and big endian objects come as explicit little endian", async (t) => {
  const { store, web } = await startServer(t);
  const edit = (dataSet: DataSet) => {
    dataSet.set(0x00280100, "US", 16).set(0x00280101, "US", 16);
    dataSet.set(
      0x7fe00010,
      "OW",
      Uint8Array.from({ length: 32 }, (_, i) => i),
    );
    dataSet.set(0xfffcfffc, "OB", new Uint8Array(10));
  };
  const explicit = readDataSet(body(makeObject({ edit })), "1.2.840.10008.1.2.1");
  for (const transferSyntaxUid of [implicit, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"]) {
    await store(makeObject({ transferSyntaxUid, edit }));
    const [part] = await partsOf(await fetch(web + path));
    assert.match(part!.head, /transfer-syntax=1\.2\.840\.10008\.1\.2\.1\r\n/);
    const header = parseFileHeader(part!.body)!;
    assert.equal(header.transferSyntaxUid, "1.2.840.10008.1.2.1");
    const given = readDataSet(part!.body.subarray(header.length), header.transferSyntaxUid);
    assert.deepEqual(listed(given), listed(explicit), transferSyntaxUid);
  }
});

function body(file: Buffer): Buffer {
  return file.subarray(parseFileHeader(file)!.length);
}

function listed(dataSet: DataSet): string[] {
  return [...dataSet].map(({ tag, bytes }) => `${tag.toString(16)} ${Buffer.from(bytes!).toString("hex")}`);
}

test("negotiates: 406 for what cannot be given, the accept parameter before the field", async (t) => {
  const { store, web } = await startServer(t);
  await store(makeObject());
  for (const accept of [
    "text/plain",
    'multipart/related; type="image/gif"',
    "application/dicom; transfer-syntax=1.2.840.10008.1.2.4.80",
  ]) {
    assert.equal((await fetch(web + path, { headers: { accept } })).status, 406, accept);
  }
  const response = await fetch(`${web}${path}?accept=application/dicom`, { headers: { accept: "text/plain" } });
  assert.match(response.headers.get("content-type")!, /^application\/dicom;/);
  assert.equal((await fetch(`${web}/studies/1.2.3`, { headers: { accept: "application/dicom" } })).status, 406);
});

test("entity tags, ranges and HEAD", async (t) => {
  const { store, web } = await startServer(t);
  await store(makeObject());
  const accept = "application/dicom";
  const first = await fetch(web + path, { headers: { accept } });
  const etag = first.headers.get("etag")!;
  assert.ok(first.headers.get("last-modified"));
  assert.equal(first.headers.get("cache-control"), "no-store");
  const again = await fetch(web + path, { headers: { accept, "if-none-match": etag } });
  assert.equal(again.status, 304);
  const part = await fetch(web + path, { headers: { accept, range: "bytes=128-131", "if-range": etag } });
  assert.equal(part.status, 206);
  assert.equal(await part.text(), "DICM");
  const head = await fetch(web + path, { method: "HEAD", headers: { accept } });
  assert.equal(head.headers.get("content-length"), String(makeObject().length));
  assert.equal((await fetch(web + path, { headers: { accept, range: "bytes=999999-" } })).status, 416);
});

test("as-of and version address the past", async (t) => {
  const { store, web, archive } = await startServer(t);
  await store(makeObject());
  archive.objects[0]!.storedAt = Date.parse("2026-01-01T00:00:00Z");
  await store(makeObject({ patientId: "P2" }));
  const name = async (query: string) => {
    const response = await fetch(`${web}${path}/metadata${query}`);
    return response.status === 200 ? ((await response.json()) as never)[0]["00100020"]["Value"][0] : response.status;
  };
  assert.equal(await name(""), "P2");
  assert.equal(await name("?as-of=2026-01-02T00:00:00%2B01:00"), "P1");
  assert.equal(await name("?version=1"), "P1");
  assert.equal(await name("?as-of=2025-12-31T00:00:00Z"), 404);
  assert.equal(await name("?as-of=yesterday"), 400);
  assert.equal(await name("?version=0"), 400);
});

test("metadata holds every attribute, and its bulk data URIs work", async (t) => {
  const { store, web } = await startServer(t);
  const blob = Uint8Array.from({ length: 3000 }, (_, i) => i);
  const item = new DataSet().set(0x00420011, "OB", blob);
  const edit = (dataSet: DataSet) => dataSet.set(0x30060010, "SQ", [item]).set(0xfffcfffc, "OB", new Uint8Array(4));
  await store(makeObject({ edit: (dataSet) => void edit(dataSet) }));
  const [model] = (await (await fetch(`${web}${path}/metadata`)).json()) as Model[];
  assert.deepEqual(model!["00100010"], { vr: "PN", Value: [{ Alphabetic: "Müller^Test" }] });
  assert.ok("FFFCFFFC" in model!);
  const nested = model!["30060010"]!.Value![0]!["00420011"]!.BulkDataURI!;
  const accept = "application/octet-stream";
  assert.ok(Buffer.from(await (await fetch(nested, { headers: { accept } })).arrayBuffer()).equals(blob));
  const pixels = await fetch(model!["7FE00010"]!.BulkDataURI!, { headers: { accept, range: "bytes=1-2" } });
  assert.deepEqual([...new Uint8Array(await pixels.arrayBuffer())], [16, 32]);
  const [part] = await partsOf(
    await fetch(nested, { headers: { accept: 'multipart/related; type="application/octet-stream"' } }),
  );
  assert.ok(part!.body.equals(blob));
});

test("metadata of several instances is one array, packed when accepted", async (t) => {
  const { store, web, base, server } = await startServer(t);
  await store(...Array.from({ length: 30 }, (_, i) => makeObject({ instance: `1.${i + 1}` })));
  const response = await server.inject({
    url: "/dicom-web/studies/1.2.3/metadata",
    headers: { "accept-encoding": "gzip", host: new URL(base).host },
  });
  assert.equal(response.headers["content-encoding"], "gzip");
  assert.equal(JSON.parse(gunzipSync(response.rawPayload).toString()).length, 30);
  assert.equal(((await (await fetch(`${web}/studies/1.2.3/metadata`)).json()) as unknown[]).length, 30);
});

test("frames of a multi-frame object, one bare or several as parts", async (t) => {
  const { store, web } = await startServer(t);
  const pixels = Uint8Array.from({ length: 48 }, (_, i) => i);
  await store(makeObject({ edit: (dataSet) => void dataSet.set(0x00280008, "IS", "3").set(0x7fe00010, "OB", pixels) }));
  const parts = await partsOf(await fetch(`${web}${path}/frames/3,1`));
  assert.deepEqual(
    parts.map((part) => [...part.body]),
    [[...pixels.subarray(32)], [...pixels.subarray(0, 16)]],
  );
  const accept = "application/octet-stream";
  const single = await fetch(`${web}${path}/frames/2`, { headers: { accept } });
  assert.deepEqual([...new Uint8Array(await single.arrayBuffer())], [...pixels.subarray(16, 32)]);
  assert.equal((await fetch(`${web}${path}/frames/4`)).status, 404);
  assert.equal((await fetch(`${web}${path}/frames/0`)).status, 400);
});

test("delete hides behind a tombstone, once", async (t) => {
  const { store, web, archive, server } = await startServer(t);
  await store(makeObject());
  assert.equal((await fetch(`${web}/studies/1.2.3`, { method: "DELETE" })).status, 204);
  assert.equal((await fetch(`${web}/studies/1.2.3`, { method: "DELETE" })).status, 404);
  assert.equal((await fetch(`${web}/studies/1.2.3`)).status, 404);
  await server.close();
  assert.deepEqual(
    archive.events.map((event) => `${event.activity} ${event.status}`),
    ["create success", "delete success", "delete failure", "read failure"],
  );
});

test("every read is one event with level, count and bytes", async (t) => {
  const { store, web, archive, server } = await startServer(t);
  await store(makeObject());
  archive.events.length = 0;
  const agent = { headers: { "user-agent": "viewer/1", accept: asStored } };
  const size = (await (await fetch(`${web}/studies/1.2.3`, agent)).arrayBuffer()).byteLength;
  await (await fetch(`${web}${path}/metadata`)).arrayBuffer();
  await (await fetch(`${web}/studies/not-a-uid`)).arrayBuffer();
  await server.close();
  const [instances, metadata, refused] = archive.events;
  assert.equal(archive.events.length, 3);
  assert.equal(instances!.operation, "WADO-RS");
  assert.equal(instances!.actor.app, "viewer/1");
  assert.equal(instances!.traffic!.bytes_out, size);
  assert.equal(instances!.count!.objects, 1);
  assert.deepEqual(instances!.resources, [{ level: "study", study_uid: "1.2.3", patient_id: "P1" }]);
  assert.equal(instances!.src_endpoint.ip, "127.0.0.1");
  assert.equal(metadata!.operation, "WADO-RS metadata");
  assert.equal(metadata!.resources![0]!.level, "instance");
  assert.deepEqual(
    [refused!.status, refused!.status_detail, refused!.status_code],
    ["failure", "request/invalid", "400"],
  );
});
