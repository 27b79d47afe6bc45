/** An archive that is read while its restore goes on: what has arrived is served, the rest is asked for again later. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { openArchive } from "../../src/archive/index.ts";
import { runHere } from "../../src/cli/testing/command.ts";
import { verifyArchive } from "../../src/vault/index.ts";
import { FolderTarget } from "../../src/vault/replica/index.ts";
import { type MadeObject, makeObject } from "../support/made-object.ts";
import { need } from "../support/need.ts";
import { replicatorOf } from "../support/replicator.ts";
import { killServers, type ServerProcess, startServer } from "../support/server.ts";

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "holdfast-arriving-"));
});
after(() => rm(root, { recursive: true, force: true }));
afterEach(killServers);

const context = { actor: {}, src: {}, protocol: "internal", operation: "test" };
const image = (instance: number) => makeObject({ patient: "B", study: 2, instance, pixels: 64 });
const plan = makeObject({ patient: "A", study: 1, sopClassUid: "1.2.840.10008.5.1.4.1.1.481.5" });
/** More than are under way at once: the files of the last do not exist when the archive is opened. */
const images = [1, 2, 3, 4, 5].map(image);
const first = images[0]!;

/** Each run of the archive writes a segment of its own. */
async function store(home: string, ...objects: MadeObject[]): Promise<void> {
  await using archive = await openArchive({ dataFolder: join(home, "data"), keyFile: join(home, "key.json") });
  for (const { file } of objects) {
    const sink = archive.store(context, { form: "file" });
    await sink.write(file);
    assert.equal((await sink.end()).ok, true);
  }
}

async function replicate(home: string, to: string): Promise<void> {
  const archive = { dataFolder: join(home, "data"), keyFile: join(home, "key.json") };
  await (await replicatorOf(archive, new FolderTarget(to))).round();
}

/** Takes the pieces of all segments but the first away from the replica, and gives them back. */
async function withoutImages(replica: string): Promise<() => Promise<void>> {
  const [archive] = await readdir(replica);
  const vault = join(replica, archive!, "vault");
  const segments = (await readdir(vault)).filter((name) => name !== "00000001.hfs");
  assert.equal(segments.length, images.length);
  for (const name of segments) await rename(join(vault, name), join(root, name));
  return async () => {
    for (const name of segments) await rename(join(root, name), join(vault, name));
  };
}

const studyOf = ({ url }: ServerProcess, { studyUid }: MadeObject) =>
  fetch(`${url}/dicom-web/studies/${studyUid}`, {
    headers: { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
  });

async function fileOf({ url }: ServerProcess, { studyUid, seriesUid, sopInstanceUid }: MadeObject) {
  const path = `studies/${studyUid}/series/${seriesUid}/instances/${sopInstanceUid}`;
  const headers = { accept: "application/dicom; transfer-syntax=*" };
  const answer = await fetch(`${url}/dicom-web/${path}`, { headers });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}

async function stow({ url }: ServerProcess, { file }: MadeObject): Promise<number> {
  const begin = Buffer.from("--b\r\nContent-Type: application/dicom\r\n\r\n");
  const body = Buffer.concat([begin, file, Buffer.from("\r\n--b--\r\n")]);
  const headers = { "content-type": 'multipart/related; type="application/dicom"; boundary=b' };
  return (await fetch(`${url}/dicom-web/studies`, { method: "POST", headers, body })).status;
}

interface Readiness {
  restore?: { bytes: number; of: number; done: boolean; code?: string };
}

async function until({ url }: ServerProcess, fits: (restore: NonNullable<Readiness["restore"]>) => boolean) {
  for (;;) {
    const { restore } = (await (await fetch(`${url}/readyz`)).json()) as Readiness;
    if (restore && fits(restore)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function getStudy({ dicomPort }: ServerProcess, { studyUid }: MadeObject, out: string): Promise<string> {
  const keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${studyUid}`];
  const words = ["-v", "-S", "-od", out, "-aec", "HOLDFAST", ...keys, "127.0.0.1", String(dicomPort)];
  return new Promise((resolve) => execFile("getscu", words, (_error, stdout, stderr) => resolve(stdout + stderr)));
}

test("what has arrived is read, what has not is refused for now, and nothing is lost", {
  skip: need("getscu"),
}, async () => {
  const [home, replica, fresh, out] = ["home", "replica", "fresh", "out"].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const folder of [fresh, out]) await mkdir(folder);
  await store(home, plan);
  for (const each of images) await store(home, each);
  await replicate(home, replica);
  const giveBack = await withoutImages(replica);
  const key = join(fresh, "key.json");
  await copyFile(join(home, "key.json"), key);
  const data = join(fresh, "data");

  const restore = ["restore", "--from", replica, "--serve"];
  let server = await startServer(data, ["--key-file", key], {}, restore);
  await until(server, ({ code }) => code === "replica/damaged");
  const found = await (await fetch(`${server.url}/dicom-web/instances`)).json();
  assert.equal((found as unknown[]).length, 6, "the whole archive can be searched");
  assert.ok((await fileOf(server, plan)).bytes.equals(plan.file));
  assert.match(await getStudy(server, plan, out), /C-GET Response \(Success\)/);
  const refused = await studyOf(server, first);
  assert.deepEqual([refused.status, Number(refused.headers.get("retry-after")) > 0], [503, true]);
  assert.equal(((await refused.json()) as { code: string }).code, "storage/arriving");
  assert.match(await getStudy(server, first, out), /C-GET Response .*(0xa702|OutOfResources)/i);
  const added = image(6);
  assert.equal(await stow(server, added), 200);
  assert.notEqual(await stow(server, first), 200, "a repeat of what is not here is not acknowledged");
  assert.ok((await fileOf(server, added)).bytes.equals(added.file));
  assert.equal((await runHere(["export", "--all", "--out", out, "--data", data, "--key-file", key], root)).code, 3);
  await server.kill();

  const elsewhere = await runHere(["verify", "--data", data, "--key-file", key], root);
  assert.match(elsewhere.stderr, /storage\/arriving/);
  server = await startServer(data, ["--key-file", key]);
  assert.equal((await studyOf(server, first)).status, 503);
  await giveBack();
  await until(server, ({ done }) => done);
  for (const object of [...images, plan, added]) {
    const { status, bytes } = await fileOf(server, object);
    assert.deepEqual([status, bytes.equals(object.file)], [200, true]);
  }
  assert.equal(await stow(server, first), 200);
  assert.equal(await server.stop(), 0);
  const { problems, objects } = await verifyArchive({ dataFolder: data, keyFile: key });
  assert.deepEqual([problems, objects], [[], 7]);
});
