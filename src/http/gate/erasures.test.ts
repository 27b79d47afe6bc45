import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, start } from "../../../test/support/gate-server.ts";
import { makeObject } from "../../../test/support/made-object.ts";
import { multipart } from "../testing/server.ts";

const reason = "asked for by the patient";
const day = 24 * 60 * 60 * 1000;

test("erasure: two persons and a delay, taken back until then; reads answer 410; never by a vendor or another clinic", async (t) => {
  const { call, keyOf, enter, address, gate, archive } = await start(t);
  const [physicist, administrator] = [await keyOf("physicist", "north"), await keyOf("tenant-administrator", "north")];
  const [a, b] = [1, 2].map((n) => makeObject({ patient: n === 1 ? "A" : "B", study: n, instance: n }));
  const request = multipart([a!.file, b!.file]);
  const headers = { ...(request.headers as object), ...physicist };
  assert.equal((await fetch(`${address}/dicom-web/studies`, { ...request, headers })).status, 200);
  const put = (id: string, who: Record<string, string>, patientId = "A") =>
    call("PUT", `/api/v1/erasures/${id}`, who, { patientId, reason });
  const confirm = (who = administrator) => call("POST", "/api/v1/erasures/one/confirm", who);
  const south = await keyOf("tenant-administrator", "south");
  for (const role of ["vendor", "physicist", "service"] as const) {
    const who = await keyOf(role, "north");
    for (const [method, path] of [
      ["GET", "/api/v1/erasures"],
      ["PUT", "/api/v1/erasures/one"],
      ["POST", "/api/v1/erasures/one/confirm"],
      ["DELETE", "/api/v1/erasures/one"],
    ] as const)
      assert.equal(
        (await call(method, path, who, method === "PUT" ? { patientId: "A", reason } : undefined)).status,
        403,
        role,
      );
  }
  assert.equal((await put("one", south)).status, 404, "another clinic's patient");
  assert.equal((await put("one", administrator)).status, 200);
  assert.equal(await codeOf(await put("one", administrator, "B")), "request/conflict");
  assert.equal((await confirm(south)).status, 404);
  assert.equal(await codeOf(await confirm()), "gate/second-person");
  assert.equal((await archive.erasures.all())[0]!.dueAt, undefined);
  const [[id]] = gate.grants.approvals.all() as [[string, unknown]];
  const second = await enter("ben", "tenant-administrator", "north");
  assert.equal((await call("POST", `/api/v1/approvals/${id}/approve`, second)).status, 200);
  const told = (await (await confirm()).json()) as { dueAt: number; askedAt: number };
  assert.ok(told.dueAt >= told.askedAt + 14 * day);
  assert.equal(await codeOf(await confirm()), "request/conflict");
  const listed = (await (await call("GET", "/api/v1/erasures", administrator)).json()) as { erasures: object[] };
  assert.equal(listed.erasures.length, 1);
  assert.deepEqual(await (await call("GET", "/api/v1/erasures", south)).json(), { erasures: [] });
  assert.equal((await call("DELETE", "/api/v1/erasures/one", administrator)).status, 200);
  assert.deepEqual(await archive.erasures.all(), []);

  const event = {
    time: "",
    activity: "admin",
    status: "success",
    protocol: "internal",
    operation: "x",
    actor: {},
    src_endpoint: {},
  } as const;
  const read = (made: typeof a, more = "") =>
    call(
      "GET",
      `/dicom-web/studies/${made!.studyUid}/series/${made!.seriesUid}/instances/${made!.sopInstanceUid}${more}`,
      {
        ...physicist,
        accept:
          more === "" ? 'multipart/related; type="application/dicom"; transfer-syntax=*' : "application/dicom+json",
      },
    );
  for (const more of ["", "/metadata"]) assert.equal((await read(a, more)).status, 200);
  await archive.keeping.exchange(event, { of: "patient", tenant: "north", patientId: "A" });
  for (const more of ["", "/metadata"]) {
    const gone = await read(a, more);
    assert.deepEqual([gone.status, await codeOf(gone)], [410, "storage/erased"], more);
    assert.equal((await read(b, more)).status, 200);
  }
});
