import assert from "node:assert/strict";
import { test } from "node:test";
import { type Change, local, type Principal } from "./index.ts";
import { openGate } from "./testing/index.ts";

/** Settings in memory. */
function store() {
  const all = new Map<string, Map<string, unknown>>();
  const of = (collection: string) => all.get(collection) ?? all.set(collection, new Map()).get(collection)!;
  return {
    settings: async (collection: string) => new Map(of(collection)),
    async change(_event: unknown, changes: { collection: string; key: string; value: unknown }[]) {
      for (const { collection, key, value } of changes)
        if (value === null) of(collection).delete(key);
        else of(collection).set(key, value);
    },
    seal: (secret: Uint8Array) => Buffer.from(secret).toString("base64"),
    unseal: (sealed: string) => Buffer.from(sealed, "base64"),
  };
}

const person = (name: string): Principal => ({ ...local(), id: `user:${name}`, method: "password" });
const by = (principal: Principal): Change => ({ by: principal, protocol: "api", operation: "test" });
const second = { code: "gate/second-person" };

test("a second person is another person, not a second account of the first", async () => {
  const gate = await openGate(store());
  const [anna, ben, puppet] = [person("anna"), person("ben"), person("puppet")];
  for (const name of ["ben", "puppet"])
    await gate.users.put({ name, roles: ["administrator"], tenant: "default" }, by(local()));
  await gate.users.setPassword("ben", "correct horse battery", by(local()));
  await gate.users.setPassword("puppet", "correct horse battery", by(anna));
  await assert.rejects(gate.grants.secondPerson("release c1", by(anna)), second);
  const [[id]] = gate.grants.approvals.all() as [[string, unknown]];
  const approve = (who: Principal) => gate.grants.approve(id, by(who), gate.users.secretsBy(who));
  await assert.rejects(approve(anna), second);
  await assert.rejects(approve(puppet), second);
  await assert.rejects(approve({ ...ben, kind: "service" }), second);
  await approve(ben);
  await assert.rejects(gate.grants.secondPerson("release c2", by(anna)), second, "for exactly this");
  await assert.rejects(gate.grants.secondPerson("release c1", by(ben)), second, "for whoever asked");
  await gate.grants.secondPerson("release c1", by(anna));
  await assert.rejects(gate.grants.secondPerson("release c1", by(anna)), second, "once");
});

test("approvals and vendors' sessions are there after a restart, and end by themselves", async () => {
  const settings = store();
  let now = 1_000;
  const clock = () => now;
  const gate = await openGate(settings, { clock });
  const session = {
    vendor: "acme",
    principals: ["peer:X"],
    reason: "tube replaced",
    hosts: ["192.0.2.1"],
    tenants: ["north"],
    until: 61_000,
  };
  await gate.grants.openVendorSession(session, by(person("anna")));
  const again = await openGate(settings, { clock });
  const vendor: Principal = { ...person("x"), id: "peer:X", kind: "device", vendor: "acme" };
  assert.equal(again.grants.applied(vendor).vendorSession?.until, 61_000);
  assert.equal(again.grants.applied({ ...vendor, id: "peer:Y" }).vendorSession, undefined);
  assert.equal(again.grants.applied({ ...vendor, vendor: "other" }).vendorSession, undefined);
  now = 61_000;
  assert.equal(again.grants.applied(vendor).vendorSession, undefined);
  await assert.rejects(gate.grants.openVendorSession({ ...session, until: now + 8 * 86_400_000 }, by(person("anna"))), {
    code: "request/invalid",
  });
  await assert.rejects(gate.grants.takeBreakGlass("now", 10, by(person("anna"))), { code: "request/invalid" });
});
