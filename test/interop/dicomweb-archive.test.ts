/** DICOMweb over the real archive: what is stored comes back byte for byte, and every access is journaled once. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openArchive } from "../../src/archive/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";
import { parseFileHeader, readDataSet } from "../../src/dicom/index.ts";
import { createHttpServer } from "../../src/http/index.ts";
import { makeObject } from "../../src/http/testing/objects.ts";
import { multipart, partsOf } from "../../src/http/testing/server.ts";
import { openGate } from "../support/gate.ts";
import { testLog } from "../support/log.ts";
import { needSamples, samplePath } from "../support/need.ts";

async function start(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-web-"));
  const archive = await openArchive({ dataFolder: join(folder, "data"), keyFile: join(folder, "key") });
  const events: AccessEvent[] = [];
  const record = archive.record.bind(archive);
  archive.record = (event) => {
    events.push(event);
    record(event);
  };
  const server = await createHttpServer({
    gate: await openGate(archive, { strangers: "loopback" }),
    archive,
    log: testLog,
    status: () => ({ version: "0.0.0-test", startedAt: 0 }),
  });
  const base = await server.listen({ host: "127.0.0.1", port: 0 });
  t.after(async () => {
    await server.close();
    await archive.close();
    rmSync(folder, { recursive: true });
  });
  return { base, web: `${base}/dicom-web`, events, archive };
}

const asStored = { headers: { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' } };

test("objects of every transfer syntax come back byte for byte", async (t) => {
  const { web } = await start(t);
  const syntaxes = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"];
  const files = syntaxes.map((transferSyntaxUid, i) => makeObject({ transferSyntaxUid, instance: `1.2.3.9.${i}` }));
  assert.equal((await fetch(`${web}/studies`, multipart(files))).status, 200);
  const parts = await partsOf(await fetch(`${web}/studies/1.2.3`, asStored));
  const given = new Set(parts.map((part) => part.body.toString("hex")));
  assert.deepEqual(given, new Set(files.map((file) => file.toString("hex"))));
});

const samples = ["dicompyler-ct.0", "dicompyler-rtplan", "dicompyler-rtss", "pydicom-rtdose", "pydicom-JPEG2000"];
test("real files come back byte for byte, with all their metadata", {
  skip: needSamples(...samples.map((name) => `dicom/${name}.dcm`)),
}, async (t) => {
  const { web } = await start(t);
  for (const name of samples) {
    const file = readFileSync(samplePath(`dicom/${name}.dcm`));
    const header = parseFileHeader(file)!;
    const dataSet = readDataSet(file.subarray(header.length), header.transferSyntaxUid);
    const url = `${web}/studies/${dataSet.string(0x0020000d)}/series/${dataSet.string(0x0020000e)}/instances/${dataSet.string(0x00080018)}`;
    assert.equal((await fetch(`${web}/studies`, multipart([file]))).status, 200, name);
    const [part] = await partsOf(await fetch(url, asStored));
    assert.ok(part!.body.equals(file), name);
    const [model] = (await (await fetch(`${url}/metadata`)).json()) as Record<string, unknown>[];
    const tags = [...dataSet].map(({ tag }) => tag.toString(16).toUpperCase().padStart(8, "0"));
    assert.deepEqual(Object.keys(model!).sort(), tags.filter((tag) => !tag.endsWith("0000")).sort(), name);
  }
});

test("versions, the past and deletion", async (t) => {
  const { base, web } = await start(t);
  await fetch(`${web}/studies`, multipart([makeObject()]));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await fetch(`${web}/studies`, multipart([makeObject({ patientId: "P2" })]));
  const path = "/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1";
  const { versions } = (await (await fetch(`${base}/api/v1${path}/versions`)).json()) as { versions: object[] };
  assert.equal(versions.length, 2);
  const [old] = await partsOf(await fetch(`${web}${path}?as-of=${before}`, asStored));
  assert.ok(old!.body.equals(makeObject()));
  const [first] = await partsOf(await fetch(`${web}${path}?version=1`, asStored));
  assert.ok(first!.body.equals(makeObject()));
  assert.equal((await fetch(`${web}/studies/1.2.3`, { method: "DELETE" })).status, 204);
  assert.equal((await fetch(`${web}${path}`)).status, 404);
  assert.equal((await fetch(`${web}/studies?PatientID=P2`)).status, 204);
  assert.equal((await fetch(`${web}${path}?as-of=${before}`)).status, 200);
  const then = (await (await fetch(`${web}/studies?PatientID=P1&as-of=${before}`)).json()) as object[];
  assert.equal(then.length, 1);
});

test("every access is one entry in the journal", async (t) => {
  const { base, web, events, archive } = await start(t);
  const entries = async () => {
    await archive.flush();
    return (await archive.statistics()).journalEntries;
  };
  // Figures keep up with what changes the archive: one store before, the deletion at the end.
  await fetch(`${web}/studies`, multipart([makeObject({ study: "5.5", instance: "5.5.5" })]));
  const count = await entries();
  const path = "/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1";
  const requests: [url: string, init: RequestInit][] = [
    [`${web}/studies`, multipart([makeObject()])],
    [`${web}/studies?PatientID=P1`, {}],
    [`${web}/studies/1.2.3`, {}],
    [`${web}${path}/metadata`, {}],
    [`${web}${path}/frames/1`, {}],
    [`${web}${path}/rendered`, {}],
    [`${web}/studies/9.9.9`, {}],
    [`${base}/api/v1${path}/versions`, {}],
    [`${web}/studies/1.2.3`, { method: "DELETE" }],
    [`${base}/healthz`, {}],
    [`${base}/api/v1/status`, {}],
  ];
  for (const [url, init] of requests) await (await fetch(url, init)).arrayBuffer();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await entries()) - count, requests.length - 2);
  assert.deepEqual(
    events.map((event) => `${event.operation} ${event.status}`).filter((text) => !text.startsWith("QIDO")),
    [
      "WADO-RS success",
      "WADO-RS metadata success",
      "WADO-RS frames success",
      "WADO-RS rendered success",
      "WADO-RS failure",
      "versions success",
    ],
  );
});
