import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, start } from "../../../test/support/gate-server.ts";

test("retention: a clinic makes its own longer, two persons make it shorter again, nobody shorter than configured", async (t) => {
  const { call, keyOf, enter, gate, archive } = await start(t);
  const [north, south] = [await keyOf("tenant-administrator", "north"), await keyOf("tenant-administrator", "south")];
  const put = (days: number, who = north) => call("PUT", "/api/v1/retention/north", who, { days });
  const day = 24 * 60 * 60 * 1000;
  assert.equal(archive.retentionOf("north"), 3650 * day);
  assert.equal((await put(4000)).status, 200);
  assert.deepEqual([archive.retentionOf("north"), archive.retentionOf("south")], [4000 * day, 3650 * day]);
  assert.equal(await codeOf(await put(3649)), "storage/retention");
  assert.equal((await put(5000, south)).status, 404, "another clinic");
  for (const role of ["vendor", "physicist"] as const)
    assert.equal((await put(5000, await keyOf(role, "north"))).status, 403, role);
  assert.equal(await codeOf(await put(3650)), "gate/second-person");
  assert.equal(archive.retentionOf("north"), 4000 * day);
  const [[id]] = gate.grants.approvals.all() as [[string, unknown]];
  const second = await enter("ben", "tenant-administrator", "north");
  assert.equal((await call("POST", `/api/v1/approvals/${id}/approve`, second)).status, 200);
  assert.equal((await put(3650)).status, 200);
  assert.equal(archive.retentionOf("north"), 3650 * day);
  const { retention } = (await (await call("GET", "/api/v1/retention", north)).json()) as { retention: object[] };
  assert.deepEqual(
    retention.map((each) => [(each as { tenant: string }).tenant, (each as { days: number }).days]),
    [["north", 3650]],
  );
});

test("collection: whoever administers the archive, no clinic and no vendor; told first, done when asked to", async (t) => {
  const { call, keyOf } = await start(t);
  for (const role of ["tenant-administrator", "vendor", "physicist"] as const)
    assert.equal((await call("POST", "/api/v1/collection", await keyOf(role, "north"), { apply: true })).status, 403);
  const administrator = await keyOf("administrator");
  for (const apply of [false, true]) {
    const answer = await call("POST", "/api/v1/collection", administrator, { apply });
    assert.deepEqual(await answer.json(), { segments: [], bytes: 0, done: apply });
  }
});
