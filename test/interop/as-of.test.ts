/** The archive before an attack, on every way that objects are read, through a running server with real clients. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeObject } from "../support/made-object.ts";
import { need } from "../support/need.ts";
import { killServers, type ServerProcess, startServer } from "../support/server.ts";
import { freePort, run, start } from "./dimse-tools.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-as-of-"));
after(() => {
  killServers();
  rmSync(root, { recursive: true, force: true });
});

/** More than metadata holds by itself. */
const pixels = 2_048;
const kept = makeObject({ study: 1, pixels, attributes: { StudyDescription: "as planned" } });
const gone = makeObject({ study: 2 });
/** The same instance, other pixels: what an attacker leaves. */
const altered = makeObject({ study: 1, pixels, attributes: { StudyDescription: "altered" } });
altered.file.fill(0xee, altered.file.length - pixels);

async function put(url: string, file: Buffer): Promise<void> {
  const begin = Buffer.from("--b\r\nContent-Type: application/dicom\r\n\r\n");
  const body = Buffer.concat([begin, file, Buffer.from("\r\n--b--\r\n")]);
  const headers = { "content-type": 'multipart/related; type="application/dicom"; boundary=b' };
  assert.equal((await fetch(`${url}/dicom-web/studies`, { method: "POST", headers, body })).status, 200);
}

/** A server whose archive was attacked after the moment of its view. */
async function attacked(more: { peers?: object[] } = {}): Promise<{ server: ServerProcess; before: string }> {
  const home = mkdtempSync(join(root, "h-"));
  const data = join(home, "data");
  const first = await startServer(data);
  for (const { file } of [kept, gone]) await put(first.url, file);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await put(first.url, altered.file);
  assert.equal((await fetch(`${first.url}/dicom-web/studies/${gone.studyUid}`, { method: "DELETE" })).status, 204);
  assert.equal(await first.stop(), 0);
  const config = { views: [{ aeTitle: "BEFORE", asOf: before }], behaviour: { live: false }, ...more };
  writeFileSync(join(home, "holdfast.config.json"), JSON.stringify(config));
  return { server: await startServer(data), before };
}

const instanceOf = ({ studyUid, seriesUid, sopInstanceUid }: typeof kept): string =>
  `studies/${studyUid}/series/${seriesUid}/instances/${sopInstanceUid}`;
const pixelsOf = ({ file }: typeof kept): Buffer => file.subarray(file.length - pixels);

function onlyFileIn(folder: string): Buffer {
  const [name, ...others] = readdirSync(folder);
  assert.deepEqual(others, []);
  return readFileSync(join(folder, name!));
}

const asFile = "application/dicom; transfer-syntax=*";
const octets = 'multipart/related; type="application/octet-stream"';

test("DICOMweb: search, objects, metadata, bulk data, frames and pictures are those of then", async () => {
  const { server, before } = await attacked();
  const query = `?as-of=${before}`;
  const get = async (path: string, accept: string): Promise<Buffer> => {
    const answer = await fetch(path.startsWith("http") ? path : `${server.url}/dicom-web/${path}`, {
      headers: { accept },
    });
    assert.equal(answer.status, 200, path);
    return Buffer.from(await answer.arrayBuffer());
  };
  type Json = Record<string, { Value?: unknown[]; BulkDataURI?: string }>;
  const json = async (path: string): Promise<Json[]> =>
    JSON.parse((await get(path, "application/dicom+json")).toString()) as Json[];
  for (const path of ["studies", "series", "instances"]) {
    assert.equal((await json(path)).length, 1);
    assert.equal((await json(path + query)).length, 2, path);
  }
  const found = (await json(`studies${query}&StudyDescription=as%20planned`))[0]!;
  const retrieve = String(found["00081190"]!.Value![0]);
  assert.ok(
    (await get(retrieve, 'multipart/related; type="application/dicom"; transfer-syntax=*')).includes(pixelsOf(kept)),
  );

  const instance = instanceOf(kept);
  assert.ok((await get(instance + query, asFile)).equals(kept.file));
  assert.ok((await get(instanceOf(gone) + query, asFile)).equals(gone.file));
  assert.ok((await get(instance, asFile)).equals(altered.file));
  const [metadata] = await json(`${instance}/metadata${query}`);
  assert.deepEqual(metadata!["00081030"]!.Value, ["as planned"]);
  const bulk = metadata!["7FE00010"]!.BulkDataURI!;
  assert.ok((await get(bulk, octets)).includes(pixelsOf(kept)), "bulk data that metadata of then leads to is of then");
  assert.ok((await get(`${instance}/bulkdata/7FE00010${query}`, octets)).includes(pixelsOf(kept)));
  assert.ok((await get(`${instance}/frames/1${query}`, octets)).includes(pixelsOf(kept)));
  for (const picture of ["rendered", "thumbnail", "frames/1/rendered"]) {
    const [then, now] = [
      await get(`${instance}/${picture}${query}`, "image/png"),
      await get(`${instance}/${picture}`, "image/png"),
    ];
    assert.ok(!then.equals(now), picture);
  }
  assert.equal(await server.stop(), 0);
});

test("DIMSE: C-FIND, C-MOVE and C-GET to the title of a view", {
  skip: need("findscu", "movescu", "getscu", "storescp"),
}, async () => {
  const port = await freePort();
  const { server } = await attacked({ peers: [{ aeTitle: "DEST", host: "127.0.0.1", port }] });
  const [moved, got] = [join(root, "moved"), join(root, "got")];
  for (const folder of [moved, got]) mkdirSync(folder);
  await using _destination = await start("storescp", port, "-od", moved, "+B", port);
  const to = (title: string) => ["-aec", title, server.dicomHost, String(server.dicomPort)];
  const study = ["-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${kept.studyUid}`];
  const described = async (title: string) =>
    (await run("findscu", "-S", ...study, "-k", "StudyDescription", ...to(title))).output;
  assert.match(await described("BEFORE"), /as planned/);
  assert.match(await described("HOLDFAST"), /altered/);
  assert.equal((await run("movescu", "-S", "-aem", "DEST", ...study, ...to("BEFORE"))).code, 0);
  assert.ok(onlyFileIn(moved).includes(pixelsOf(kept)), "moved");
  assert.equal((await run("getscu", "-S", "-od", got, "+B", ...study, ...to("BEFORE"))).code, 0);
  assert.ok(onlyFileIn(got).includes(pixelsOf(kept)), "got");
  assert.equal(await server.stop(), 0);
});
