import assert from "node:assert/strict";
import { test } from "node:test";
import { byLocal, openGate } from "../../test/support/gate.ts";
import { MemoryArchive } from "../http/testing/memory-archive.ts";
import { subjectOfAccount, watchGrants } from "./index.ts";
import { person, testResponder } from "./testing/responder.ts";

/** A gate and a responder over one store; `restart` gives both anew over it, as after a kill. */
async function start(store = new MemoryArchive()) {
  const { responder, clock, state } = await testResponder(store);
  const gate = await openGate(store, { clock: () => clock.now });
  if (!gate.tenants.get("north")) await gate.tenants.put("north", undefined, byLocal);
  const troubles: unknown[] = [];
  const watch = () =>
    watchGrants({
      grants: gate.grants,
      responder,
      self: person("response").by,
      subjectOf: (principal, tenant) => subjectOfAccount(principal, tenant, gate),
      now: () => clock.now,
      onTrouble: (error) => troubles.push(error),
    });
  const settled = async () => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(troubles, []);
  };
  return { gate, responder, clock, state, watch, settled, store };
}

const asked = {
  vendor: "acme",
  principals: ["user:vic", "peer:ACME1"],
  reason: "yearly maintenance",
  hosts: ["198.51.100.0/28"],
  tenants: ["default", "north"],
};

test("a vendor's session is planned work of exactly what it announces, in each of its clinics, until it is closed", async () => {
  const { gate, responder, clock, watch, settled } = await start();
  watch();
  const until = clock.now + 3_600_000;
  const bare = await gate.grants.openVendorSession({ ...asked, until }, byLocal);
  const told = await gate.grants.openVendorSession(
    { ...asked, until, activities: ["read"], tenants: ["default"] },
    byLocal,
  );
  await settled();
  const plans = (session: string) =>
    responder.plannedWorks
      .all()
      .filter(({ vendorSession }) => vendorSession === session)
      .map(({ tenant, names, hosts, activities, to }) => ({ tenant, names, hosts, activities, until: to * 1000 }));
  const facts = { names: ["user:vic", "ACME1"], hosts: asked.hosts, until };
  assert.deepEqual(plans(told.id), [{ ...facts, tenant: "default", activities: ["read"] }]);
  const comingAndGoing = ["login", "logout", "associate", "release", "echo"];
  assert.deepEqual(
    plans(bare.id),
    ["default", "north"].map((tenant) => ({ ...facts, tenant, activities: comingAndGoing })),
  );
  await assert.rejects(responder.plannedWorks.end(bare.id, byLocal), { code: "request/conflict" });
  await gate.grants.closeVendorSession(bare.id, byLocal);
  await settled();
  assert.deepEqual([plans(bare.id).length, plans(told.id).length], [0, 1]);
});

test("sessions opened and closed while nobody watched are caught up with at the start, once", async () => {
  const first = await start();
  const until = first.clock.now + 3_600_000;
  const session = await first.gate.grants.openVendorSession({ ...asked, until }, byLocal);
  for (let starts = 0; starts < 2; starts++) {
    const { responder, watch, settled } = await start(first.store);
    watch();
    await settled();
    assert.equal(responder.plannedWorks.all().length, 2);
  }
  await first.gate.grants.closeVendorSession(session.id, byLocal);
  const { responder, watch, settled } = await start(first.store);
  watch();
  await settled();
  assert.deepEqual(responder.plannedWorks.all(), []);
});

test("emergency access is an alert of its own for review, contains nobody, and its review closes it", async () => {
  const { gate, responder, state, watch, settled, store } = await start();
  watch();
  await gate.users.put({ name: "anna", roles: ["therapist"], tenant: "default" }, byLocal);
  const taken = await gate.grants.takeBreakGlass("patient on the table", 10, person("anna"));
  const more = await gate.grants.takeBreakGlass("second patient", 10, person("anna"));
  assert.deepEqual([more.id, more.reason], [taken.id, "patient on the table; second patient"], "for one review");
  const other = await gate.grants.takeBreakGlass("third patient", 10, person("ben"));
  await settled();
  const alerts = responder.inbox.all().filter(({ review }) => review !== undefined);
  assert.deepEqual(alerts.map(({ review }) => review).sort(), [taken.id, other.id].sort());
  const [alert] = alerts.filter(({ review }) => review === taken.id);
  assert.deepEqual(alert?.subject, { principal: "user:anna", kind: "person", roles: ["therapist"], tenant: "default" });
  assert.deepEqual([alert?.decision, state.size], [undefined, 0]);
  assert.ok(!JSON.stringify(alerts).includes("patient"), "what was written by hand stays with the grant");
  await gate.grants.reviewBreakGlass(taken.id, true, "", person("rob"));
  await gate.grants.reviewBreakGlass(other.id, false, "", person("rob"));
  await settled();
  const closed = responder.inbox.get(alert!.id)!;
  assert.deepEqual([closed.state, closed.closure?.by], ["closed", "user:rob"]);
  const open = responder.inbox.all().find(({ review }) => review === other.id)!;
  assert.deepEqual([open.state, open.comments.map(({ by }) => by)], ["new", ["user:rob"]]);
  const again = await start(store);
  again.watch();
  await again.settled();
  assert.equal(again.responder.inbox.all().length, 2);
  assert.equal(again.responder.inbox.get(open.id)?.comments.length, 1);
});
