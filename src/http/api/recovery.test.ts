import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { makeObject } from "../../../test/support/made-object.ts";
import { killServers, startServer } from "../../../test/support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-recovery-api-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

test("damage and undo over the API, on a running server", async () => {
  const server = await startServer(join(root, "data"));
  const { file, studyUid, sopInstanceUid } = makeObject();
  const studies = `${server.url}/dicom-web/studies`;
  const headers = { "content-type": 'multipart/related; type="application/dicom"; boundary=b' };
  const begin = Buffer.from("--b\r\nContent-Type: application/dicom\r\n\r\n");
  const body = Buffer.concat([begin, file, Buffer.from("\r\n--b--\r\n")]);
  assert.equal((await fetch(studies, { method: "POST", headers, body })).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const from = new Date().toISOString();
  assert.equal((await fetch(`${studies}/${studyUid}`, { method: "DELETE" })).status, 204);
  const damage = await fetch(`${server.url}/api/v1/damage?principal=host:127.0.0.1&from=${from}`);
  assert.equal(damage.status, 200);
  const report = (await damage.json()) as { objects: { sopInstanceUid: string; touches: { effect: string }[] }[] };
  assert.deepEqual(
    report.objects.map((object) => [object.sopInstanceUid, object.touches.map(({ effect }) => effect)]),
    [[sopInstanceUid, ["hidden"]]],
  );
  const undo = (more: string) =>
    fetch(`${server.url}/api/v1/undo?principal=host:127.0.0.1&from=${from}${more}`, { method: "POST" });
  assert.equal(((await (await undo("")).json()) as { applied: number }).applied, 0);
  assert.equal((await fetch(`${studies}/${studyUid}/metadata`)).status, 404);
  assert.equal(((await (await undo("&apply=true")).json()) as { applied: number }).applied, 1);
  assert.equal((await fetch(`${studies}/${studyUid}/metadata`)).status, 200);
  assert.equal((await fetch(`${server.url}/api/v1/damage?principal=x&from=yesterday`)).status, 400);
  assert.equal((await fetch(`${server.url}/api/v1/damage`)).status, 400);
  assert.equal(await server.stop(), 0);
});
