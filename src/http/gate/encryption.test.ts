import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, start } from "../../../test/support/gate-server.ts";
import { makeObject } from "../../../test/support/made-object.ts";
import type { KeyState } from "../../archive/index.ts";
import { multipart } from "../testing/server.ts";

type Told = Pick<KeyState, "root" | "settled" | "copyDue" | "clinics">;

test("whoever administers the archive exchanges keys, and what was stored is read as before; no clinic and no vendor does", async (t) => {
  const { call, keyOf, address, archive } = await start(t);
  const physicist = await keyOf("physicist", "north");
  const { file, studyUid, seriesUid, sopInstanceUid } = makeObject({ patient: "A" });
  const request = multipart([file]);
  const headers = { ...(request.headers as object), ...physicist };
  assert.equal((await fetch(`${address}/dicom-web/studies`, { ...request, headers })).status, 200);
  const administrator = await keyOf("administrator");
  const clinic = "/api/v1/key-hierarchy/clinics/north/exchange";
  for (const who of [await keyOf("vendor"), await keyOf("tenant-administrator", "north"), physicist]) {
    assert.equal((await call("POST", clinic, who)).status, 403);
    assert.equal((await call("POST", "/api/v1/key-hierarchy/root/exchange", who)).status, 403);
  }
  assert.deepEqual(((await (await call("POST", clinic, administrator)).json()) as Told).clinics, [
    { tenant: "north", generation: 2, patients: 1, behind: 0 },
  ]);
  const missing = await call("POST", "/api/v1/key-hierarchy/clinics/south/exchange", administrator);
  assert.equal(missing.status, 404);
  const exchanged = (await (await call("POST", "/api/v1/key-hierarchy/root/exchange", administrator)).json()) as Told;
  assert.deepEqual([exchanged.root, exchanged.settled, exchanged.copyDue], [2, false, true]);
  assert.match(await (await call("GET", "/metrics", administrator)).text(), /^holdfast_key_file_copy_due 1$/m);
  const early = await call("POST", "/api/v1/key-hierarchy/root/exchange", administrator);
  assert.deepEqual([early.status, await codeOf(early)], [409, "request/conflict"]);
  await archive.keeping.settle();
  assert.equal(((await (await call("GET", "/api/v1/key-hierarchy", administrator)).json()) as Told).settled, true);
  const url = `${address}/dicom-web/studies/${studyUid}/series/${seriesUid}/instances/${sopInstanceUid}`;
  const read = await fetch(url, { headers: { ...physicist, accept: "application/dicom; transfer-syntax=*" } });
  assert.equal(read.status, 200);
  const told: string[] = [];
  await archive.flush();
  for await (const { record } of archive.journal())
    if (record.kind === "keys" && record.event) told.push(`${record.event.operation} ${record.event.actor.user?.name}`);
  assert.match(told.join(), /clinics\/:tenant\/exchange key:\w+,.*root\/exchange key:\w+/);
});
