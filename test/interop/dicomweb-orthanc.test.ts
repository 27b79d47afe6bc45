/** Orthanc's DICOMweb plugin as client of this archive, and as server to compare answers with. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeObject } from "../../src/http/testing/objects.ts";
import { partsOf, startServer } from "../../src/http/testing/server.ts";
import { need, programPath } from "../support/need.ts";

const plugin = globSync("/usr/{lib,share}/orthanc/**/libOrthancDicomWeb.so*")[0];
const skip = need("Orthanc") || (plugin === undefined ? "Orthanc's DICOMweb plugin is not installed" : false);

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

/** Starts Orthanc with `holdfast` as a known DICOMweb server; stopped after the test. */
async function startOrthanc(t: TestContext, holdfast: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-orthanc-"));
  const [http, dicom] = [await freePort(), await freePort()];
  const configuration = {
    Name: "peer",
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: http,
    DicomPort: dicom,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    Plugins: [plugin],
    DicomWeb: { Enable: true, Root: "/dicom-web/", Servers: { holdfast: [`${holdfast}/`] } },
  };
  writeFileSync(`${folder}/orthanc.json`, JSON.stringify(configuration));
  const child = spawn(programPath("Orthanc")!, [`${folder}/orthanc.json`], { stdio: "ignore" });
  t.after(async () => {
    await stopped(child);
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${http}`;
  await ready(`${url}/system`, child);
  return url;
}

function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 300 && child.exitCode === null; i++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Orthanc did not start");
}

function post(url: string, body: string | Buffer | object): Promise<Response> {
  const raw = typeof body === "string" || Buffer.isBuffer(body);
  return fetch(url, { method: "POST", body: raw ? (body as Buffer) : JSON.stringify(body) });
}

const objects = () => ["1.1", "1.2", "1.3"].map((instance) => makeObject({ instance }));

test("Orthanc stores here by STOW-RS", { skip }, async (t) => {
  const { web, archive } = await startServer(t);
  const orthanc = await startOrthanc(t, web);
  const ids: string[] = [];
  for (const file of objects()) {
    const answer = (await (await post(`${orthanc}/instances`, file)).json()) as { ID: string };
    ids.push(answer.ID);
  }
  const sent = await post(`${orthanc}/dicom-web/servers/holdfast/stow`, { Resources: ids, Synchronous: true });
  assert.equal(sent.status, 200, await sent.clone().text());
  const uids = archive.objects.map((object) => object.sopInstanceUid).sort();
  assert.deepEqual(uids, ["1.1", "1.2", "1.3"]);
});

test("Orthanc searches and retrieves from here", { skip }, async (t) => {
  const { web, store } = await startServer(t);
  await store(...objects());
  const orthanc = await startOrthanc(t, web);
  const server = `${orthanc}/dicom-web/servers/holdfast`;
  const found = (await (
    await post(`${server}/qido`, { Uri: "/studies", Arguments: { PatientID: "P1" } })
  ).json()) as object[];
  assert.equal(found.length, 1);
  const got = await post(`${server}/retrieve`, { Resources: [{ Study: "1.2.3" }], Synchronous: true });
  assert.equal(got.status, 200, await got.clone().text());
  const there = (await (await fetch(`${orthanc}/statistics`)).json()) as { CountInstances: number };
  assert.equal(there.CountInstances, 3);
});

test("answers have the shape of Orthanc's: search, metadata and frames", { skip }, async (t) => {
  const { web, store } = await startServer(t);
  const orthanc = await startOrthanc(t, web);
  for (const file of objects()) await post(`${orthanc}/instances`, file);
  await store(...objects());
  const peer = `${orthanc}/dicom-web`;
  const instance = "/studies/1.2.3/series/1.2.3.1/instances/1.2";
  const both = async (path: string) => {
    const [own, other] = await Promise.all([fetch(web + path), fetch(peer + path)]);
    return [(await own.json()) as Json[], (await other.json()) as Json[]] as const;
  };
  for (const [path, ...tags] of [
    ["/studies?PatientID=P1", "0020000D", "00100020"],
    ["/studies/1.2.3/series", "0020000E", "00080060"],
    ["/studies/1.2.3/series/1.2.3.1/instances", "00080018", "00080016"],
  ] as const) {
    const [own, other] = await both(path);
    assert.equal(own.length, other.length, path);
    for (const tag of tags) {
      const values = (matches: Json[]) => matches.map((match) => JSON.stringify(match[tag]?.Value)).sort();
      assert.deepEqual(values(own), values(other), `${path} ${tag}`);
    }
  }
  const [own, other] = await both(`${instance}/metadata`);
  const plain = (model: Json) => Object.entries(model).filter(([tag]) => tag !== "7FE00010" && tag >= "00080005");
  assert.deepEqual(Object.fromEntries(plain(own[0]!)), Object.fromEntries(plain(other[0]!)));
  const accept = 'multipart/related; type="application/octet-stream"';
  const frames = await Promise.all(
    [web, peer].map((base) => fetch(`${base}${instance}/frames/1`, { headers: { accept } })),
  );
  const [a, b] = await Promise.all(frames.map(partsOf));
  assert.ok(a![0]!.body.equals(b![0]!.body));
});

type Json = Record<string, { vr: string; Value?: unknown[] }>;
