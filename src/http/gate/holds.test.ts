import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, start } from "../../../test/support/gate-server.ts";
import { makeObject } from "../../../test/support/made-object.ts";
import { multipart } from "../testing/server.ts";

const reason = "order of the district court";

test("legal hold: nobody deletes what it covers, in its clinic alone, until two persons lift it", async (t) => {
  const { call, keyOf, enter, address, gate } = await start(t);
  const clinic = async (name: string) => ({
    physicist: await keyOf("physicist", name),
    administrator: await keyOf("tenant-administrator", name),
  });
  const [north, south] = [await clinic("north"), await clinic("south")];
  const [a, b] = [makeObject({ patient: "A", study: 1 }), makeObject({ patient: "B", study: 2, instance: 2 })];
  const request = multipart([a.file, b.file]);
  for (const { physicist } of [north, south]) {
    const headers = { ...(request.headers as object), ...physicist };
    assert.equal((await fetch(`${address}/dicom-web/studies`, { ...request, headers })).status, 200);
  }
  const put = (id: string, body: object, who = north.administrator) => call("PUT", `/api/v1/holds/${id}`, who, body);
  assert.equal((await put("case-1", { patientId: "A", reason })).status, 200);
  assert.equal(await codeOf(await put("case-1", { patientId: "B", reason })), "request/conflict");
  assert.equal(await codeOf(await put("case-2", { reason })), "request/invalid");
  const remove = (uid: string, who: Record<string, string>) => call("DELETE", `/dicom-web/studies/${uid}`, who);
  const held = await remove(a.studyUid, north.physicist);
  assert.deepEqual([held.status, await codeOf(held)], [409, "storage/hold"]);
  const inner = `${a.studyUid}/series/${a.seriesUid}/instances/${a.sopInstanceUid}`;
  assert.equal(await codeOf(await remove(inner, north.physicist)), "storage/hold");
  assert.ok((await remove(b.studyUid, north.physicist)).ok, "another patient");
  assert.ok((await remove(a.studyUid, south.physicist)).ok, "another clinic");
  assert.deepEqual(await (await call("GET", "/api/v1/holds", south.administrator)).json(), { holds: [] });
  assert.equal((await call("DELETE", "/api/v1/holds/case-1", south.administrator)).status, 404);

  const lift = () => call("DELETE", "/api/v1/holds/case-1", north.administrator);
  assert.equal(await codeOf(await lift()), "gate/second-person");
  assert.equal(await codeOf(await remove(a.studyUid, north.physicist)), "storage/hold");
  const [[id]] = gate.grants.approvals.all() as [[string, unknown]];
  const second = await enter("ben", "tenant-administrator", "north");
  assert.equal((await call("POST", `/api/v1/approvals/${id}/approve`, second)).status, 200);
  assert.equal((await lift()).status, 200);
  assert.ok((await remove(a.studyUid, north.physicist)).ok);
});

test("legal hold: a vendor sees, sets and lifts none, in an open session either", async (t) => {
  const { call, keyOf } = await start(t);
  const vendor = await keyOf("vendor");
  for (const [method, path] of [
    ["GET", "/api/v1/holds"],
    ["PUT", "/api/v1/holds/case-1"],
    ["DELETE", "/api/v1/holds/case-1"],
  ] as const)
    assert.equal(await codeOf(await call(method, path, vendor)), "gate/role", `${method} ${path}`);
});
