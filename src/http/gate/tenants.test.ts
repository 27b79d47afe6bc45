import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, start } from "../../../test/support/gate-server.ts";

const peer = { role: "modality", addresses: ["192.0.2.1"] };
const because = { reason: "the clinic has moved away" };

test("tenants: added, renamed and listed; whatever belongs to one names one that is there", async (t) => {
  const { call, keyOf, archive } = await start(t);
  const admin = await keyOf("administrator");
  const put = (path: string, body: object) => call("PUT", `/api/v1/${path}`, admin, body);
  const refused = async (response: Response) => [response.status, await codeOf(response)];
  const unknown = [409, "gate/unknown-tenant"];
  assert.deepEqual(await refused(await put("peers/CT1", { ...peer, tenant: "north" })), unknown);
  assert.deepEqual(await refused(await put("users/nora", { roles: ["physicist"], tenant: "north" })), unknown);
  const key = { name: "k", scopes: ["query"], tenant: "north" };
  assert.deepEqual(await refused(await call("POST", "/api/v1/keys", admin, key)), unknown);
  const session = { vendor: "acme", principals: ["peer:X"], reason: "tube replaced", hosts: ["192.0.2.1"], minutes: 5 };
  assert.deepEqual(
    await refused(await call("POST", "/api/v1/vendor-sessions", admin, { ...session, tenants: ["north"] })),
    unknown,
  );
  assert.equal(await codeOf(await put("tenants/North", {})), "request/invalid");
  assert.equal((await put("tenants/north", { display: "Klinikum Nord" })).status, 200);
  assert.equal((await put("tenants/north", { display: "Klinik Nord" })).status, 200);
  assert.equal((await put("peers/CT1", { ...peer, tenant: "north" })).status, 200);
  assert.equal((await put("users/nora", { roles: ["physicist"], tenant: "north" })).status, 200);
  assert.equal((await call("POST", "/api/v1/keys", admin, key)).status, 200);
  const { tenants } = (await (await call("GET", "/api/v1/tenants", admin)).json()) as { tenants: object[] };
  assert.deepEqual(
    tenants.map((each) => ({ ...each, createdAt: 0 })),
    [
      { name: "default", open: true, createdAt: 0 },
      { name: "north", display: "Klinik Nord", open: true, createdAt: 0 },
    ],
  );
  assert.deepEqual([...(await archive.settings("tenants")).keys()], ["north"]);
});

test("a tenant's administrator sees their own and changes none", async (t) => {
  const { call, keyOf } = await start(t);
  const [north] = [await keyOf("tenant-administrator", "north"), await keyOf("physicist", "south")];
  const { tenants } = (await (await call("GET", "/api/v1/tenants", north)).json()) as { tenants: { name: string }[] };
  assert.deepEqual(
    tenants.map(({ name }) => name),
    ["north"],
  );
  const codes = [
    await codeOf(await call("GET", "/api/v1/tenants/south", north)),
    await codeOf(await call("GET", "/api/v1/tenants/nowhere", north)),
    await codeOf(await call("PUT", "/api/v1/tenants/north", north, { display: "Ours" })),
    await codeOf(await call("POST", "/api/v1/tenants/south/close", north, because)),
    await codeOf(await call("PUT", "/api/v1/users/x", north, { roles: ["physicist"], tenant: "nowhere" })),
    await codeOf(await call("PUT", "/api/v1/users/x", north, { roles: ["physicist"], tenant: "south" })),
  ];
  assert.deepEqual(codes, [
    "request/not-found",
    "request/not-found",
    "gate/role",
    "gate/role",
    "gate/tenant",
    "gate/tenant",
  ]);
});

test("a closed tenant: two persons close it, nobody acts in it, its objects are there when it is open again", async (t) => {
  const { call, keyOf, enter, gate } = await start(t);
  const north = await keyOf("physicist", "north");
  const nora = await enter("nora", "tenant-administrator", "north");
  const [anna, ben] = [await enter("anna", "administrator"), await enter("ben", "administrator")];
  const byTwo = async (path: string, body?: object): Promise<void> => {
    assert.equal(await codeOf(await call("POST", `/api/v1${path}`, anna, body)), "gate/second-person");
    const [[id]] = gate.grants.approvals.all() as [[string, unknown]];
    assert.equal((await call("POST", `/api/v1/approvals/${id}/approve`, ben)).status, 200);
    assert.equal((await call("POST", `/api/v1${path}`, anna, body)).status, 200);
  };
  const ask = () => call("GET", "/dicom-web/studies", north);
  assert.equal((await ask()).status, 204);
  await byTwo("/tenants/north/close", because);
  const denied = await ask();
  assert.deepEqual([denied.status, await codeOf(denied)], [403, "gate/tenant-closed"]);
  assert.equal((await call("GET", "/api/v1/users", nora)).status, 401, "logins have ended");
  assert.equal(
    await codeOf(await call("PUT", "/api/v1/peers/CT1", anna, { ...peer, tenant: "north" })),
    "gate/tenant-closed",
  );
  assert.equal(await codeOf(await call("POST", "/api/v1/tenants/north/close", anna, because)), "request/conflict");
  assert.equal(await codeOf(await call("POST", "/api/v1/tenants/default/close", anna, because)), "request/conflict");
  assert.equal((await call("GET", "/api/v1/status", { ...anna, "x-holdfast-tenant": "north" })).status, 200);
  await byTwo("/tenants/north/reopen");
  assert.equal((await ask()).status, 204);
});

test("X-Holdfast-Tenant: those who run the archive look at a clinic by it, others act in their own or not at all", async (t) => {
  const { call, keyOf } = await start(t);
  const [north, , vendor, admin] = [
    await keyOf("physicist", "north"),
    await keyOf("physicist", "south"),
    await keyOf("vendor", "north"),
    await keyOf("administrator"),
  ];
  const ask = async (who: Record<string, string>, tenant: string, path = "/dicom-web/studies", method = "GET") => {
    const response = await call(method, path, { ...who, "x-holdfast-tenant": tenant });
    return response.status < 400 ? response.status : codeOf(response);
  };
  assert.equal(await ask(north, "north"), 204);
  for (const tenant of ["south", "default", "nowhere"]) {
    assert.equal(await ask(north, tenant), "gate/tenant");
    assert.equal(await ask(north, tenant, "/dicom-web/studies/1.2.3", "DELETE"), "gate/tenant");
    assert.equal(await ask(vendor, tenant), "gate/vendor-session");
    assert.equal(await ask(vendor, tenant, "/api/v1/session", "DELETE"), "gate/tenant");
  }
  for (const wrong of ["../north", "North", "north, south", "a".repeat(64), "north\tsouth"])
    assert.equal(await ask(north, wrong), "request/invalid");
  assert.equal(await ask(admin, "north", "/api/v1/status"), 200);
  assert.equal(await ask(admin, "nowhere", "/api/v1/status"), "gate/unknown-tenant");
  assert.equal(await ask(admin, "north"), "gate/tenant", "patients are not the administrator's business");
});
