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
  const approve = (who: Principal) => gate.grants.approve(id, by(who));
  await assert.rejects(approve(anna), second);
  await assert.rejects(approve(puppet), second);
  await assert.rejects(approve({ ...ben, kind: "service" }), second);
  await approve(ben);
  await assert.rejects(gate.grants.secondPerson("release c2", by(anna)), second, "for exactly this");
  await assert.rejects(gate.grants.secondPerson("release c1", by(ben)), second, "for whoever asked");
  await gate.grants.secondPerson("release c1", by(anna));
  await assert.rejects(gate.grants.secondPerson("release c1", by(anna)), second, "once");
});

const oidc = {
  issuer: "https://login.clinic.example",
  clientId: "holdfast",
  redirectUrl: "https://archive.clinic.example/api/v1/oidc/callback",
  scope: "openid",
  claim: "groups",
  roles: [],
};

/** People who run an archive, each with secrets that were told on the data folder. */
async function staff(options: Parameters<typeof openGate>[1] = {}) {
  const gate = await openGate(store(), options);
  for (const name of ["anna", "ben", "carl"]) {
    await gate.users.put({ name, roles: ["administrator"], tenant: "default" }, by(local()));
    await gate.users.setPassword(name, "correct horse battery", by(local()));
    await gate.users.resetTotp(name, by(local()));
  }
  /** What comes of it when one asks and the other approves. */
  const both = async (asker: Principal, approver: Principal): Promise<"done" | "refused"> => {
    const what = `release ${asker.id} ${approver.id}`;
    await assert.rejects(gate.grants.secondPerson(what, by(asker)), second);
    const id = gate.grants.approvals.all().find(([, request]) => request.what === what)![0];
    const approved = await gate.grants.approve(id, by(approver)).then(
      () => true,
      (error) => assert.equal(error.code, second.code),
    );
    if (approved) await gate.grants.secondPerson(what, by(asker));
    else await assert.rejects(gate.grants.secondPerson(what, by(asker)), second);
    return approved ? "done" : "refused";
  };
  const keyBy = async (who: Principal): Promise<Principal> => {
    const asked = { name: "k", role: "administrator", scopes: ["peers.manage"], tenant: "default" } as const;
    const { key } = await gate.keys.add({ ...asked, scopes: [...asked.scopes], expiresAt: Date.now() + 1e6 }, by(who));
    return { ...person("k"), id: `key:${key.id}`, kind: "service", method: "api-key" };
  };
  return { gate, both, keyBy };
}

const [anna, ben, carl] = [person("anna"), person("ben"), person("carl")];

test("one person with two credentials is one person: own keys, accounts made or reset by oneself or by one's keys", async () => {
  const { gate, both, keyBy } = await staff();
  assert.equal(await both(anna, ben), "done");
  const key = await keyBy(anna);
  assert.equal(await both(key, anna), "refused", "her own key");
  assert.equal(await both(key, ben), "done");
  await gate.users.put({ name: "puppet", roles: ["administrator"], tenant: "default" }, by(key));
  await gate.users.setPassword("puppet", "correct horse battery", by(key));
  const puppet = person("puppet");
  assert.equal(await both(anna, puppet), "refused", "made by her key");
  assert.equal(await both(puppet, anna), "refused", "and the other way round");
  assert.equal(await both(puppet, ben), "done");
  // Through an account that she has reset she resets another, and from there the first again.
  await gate.users.setPassword("ben", "another horse battery", by(anna));
  await gate.users.setPassword("carl", "another horse battery", by(ben));
  await gate.users.setPassword("ben", "a third horse battery", by(carl));
  assert.equal(await both(anna, carl), "refused", "two steps away");
  for (const name of ["ben", "carl"]) {
    await gate.users.setPassword(name, "a fourth horse battery", by(local()));
    await gate.users.resetTotp(name, by(local()));
  }
  assert.equal(await both(anna, carl), "done", "secrets told on the data folder");
});

test("with an identity provider a local account that does not say whose it is approves nothing of anybody there", async () => {
  const { gate, both } = await staff({ oidc });
  const [there, other]: Principal[] = ["sub-anna", "sub-ben"].map((sub) => ({
    ...person(sub),
    id: `oidc:${sub}`,
    method: "oidc",
  })) as [Principal, Principal];
  assert.equal(await both(there, other), "done");
  assert.equal(await both(anna, ben), "done");
  assert.equal(await both(there, anna), "refused");
  const say = (name: string, subject: string, who = local()) =>
    gate.users.put({ name, roles: ["administrator"], tenant: "default", subject }, by(who));
  await say("anna", "sub-anna");
  await say("carl", "sub-carl");
  assert.equal(await both(there, anna), "refused", "she says that she is the same");
  assert.equal(await both(there, carl), "done");
  await say("carl", "sub-other", there);
  assert.equal(await both(there, carl), "refused", "whose account it is was said by the one who asks");
});

test("an approval asked for by a key of unknown origin counts only once the key is renewed", async () => {
  const settings = store();
  const { key } = await (await openGate(settings)).keys.add(
    { name: "k", role: "administrator", scopes: ["peers.manage"], tenant: "default", expiresAt: Date.now() + 1e6 },
    by(local()),
  );
  const { secretBy: _, ...old } = (await settings.settings("keys")).get(key.id) as { secretBy: string[] };
  await settings.change(undefined, [{ collection: "keys", key: key.id, value: old }]);
  const gate = await openGate(settings);
  const asker: Principal = { ...person("k"), id: `key:${key.id}`, kind: "service", method: "api-key" };
  const ask = () => gate.grants.secondPerson("release c1", by(asker));
  await assert.rejects(ask(), second);
  const id = gate.grants.approvals.all()[0]![0];
  await assert.rejects(gate.grants.approve(id, by(ben)), second);
});

test("an approval counts once, also of two uses at the same moment; the last administrators do not remove each other", async () => {
  const { gate } = await staff();
  const ask = () => gate.grants.secondPerson("release c1", by(anna));
  await assert.rejects(ask(), second);
  await gate.grants.approve(gate.grants.approvals.all()[0]![0], by(ben));
  const used = await Promise.allSettled([ask(), ask(), ask()]);
  assert.equal(used.filter(({ status }) => status === "fulfilled").length, 1);
  await gate.users.remove("carl", by(anna));
  await gate.users.put({ name: "ghost", roles: ["administrator"], tenant: "default" }, by(anna));
  const removed = await Promise.allSettled([gate.users.remove("ben", by(anna)), gate.users.remove("anna", by(ben))]);
  assert.deepEqual(removed.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  assert.ok(gate.users.hasAdministrator);
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
  await assert.rejects(gate.grants.openVendorSession(session, by(person("anna"))), { code: "gate/unknown-tenant" });
  await gate.tenants.put("north", undefined, by(local()));
  await gate.grants.openVendorSession(session, by(person("anna")));
  const again = await openGate(settings, { clock });
  const vendor: Principal = { ...person("x"), id: "peer:X", kind: "device", vendor: "acme" };
  assert.equal(again.grants.applied(vendor).vendorSession?.until, 61_000);
  assert.equal(again.grants.applied({ ...vendor, id: "peer:Y" }).vendorSession, undefined);
  assert.equal(again.grants.applied({ ...vendor, vendor: "other" }).vendorSession, undefined);
  const elsewhere = { ...session, hosts: ["198.51.100.0/24"] };
  const { id } = await again.grants.openVendorSession(elsewhere, by(person("anna")));
  const from = (address: string) => again.grants.applied({ ...vendor, address }).vendorSession?.id;
  assert.equal(from("198.51.100.9"), id, "of two sessions the one for the address it comes from");
  assert.notEqual(from("192.0.2.1"), id);
  now = 61_000;
  assert.equal(again.grants.applied(vendor).vendorSession, undefined);
  await assert.rejects(gate.grants.openVendorSession({ ...session, until: now + 8 * 86_400_000 }, by(person("anna"))), {
    code: "request/invalid",
  });
  await assert.rejects(gate.grants.takeBreakGlass("now", 10, by(person("anna"))), { code: "request/invalid" });
});
