import assert from "node:assert/strict";
import { test } from "node:test";
import { byLocal, openGate } from "../../test/support/gate.ts";
import { type AccessEvent, stranger } from "../core/index.ts";
import { actorOf, local } from "../gate/index.ts";
import { MemoryArchive } from "../http/testing/memory-archive.ts";
import { clinicOf, subjectOf } from "./index.ts";

const event = (more: Partial<AccessEvent>): AccessEvent => ({
  time: "2026-04-20T08:00:00.000Z",
  activity: "create",
  status: "success",
  protocol: "dimse",
  operation: "C-STORE",
  actor: {},
  src_endpoint: { ip: "192.0.2.1", ae_title: "LINAC1" },
  ...more,
});

test("a peer is found by its title, whatever user its association claims to be", async () => {
  const gate = await openGate(new MemoryArchive());
  await gate.tenants.put("north", undefined, byLocal);
  await gate.peers.put(
    { aeTitle: "LINAC1", role: "linac", tenant: "north", addresses: ["192.0.2.0/24"], critical: true },
    byLocal,
  );
  const claimed = event({ actor: { user: { name: "user:anna" } } });
  const { principal, roles, tenant, critical, host } = subjectOf(claimed, gate)!;
  assert.deepEqual([principal, roles, tenant, critical, host], ["peer:LINAC1", ["linac"], "north", true, "192.0.2.1"]);
  const { paths, principals } = clinicOf(gate);
  assert.deepEqual(paths, [{ linac: "peer:LINAC1", through: ["peer:LINAC1"] }]);
  assert.equal(principals[0]?.addresses?.has("192.0.2.77"), true);
});

test("a key is found with its vendor and role, and what the archive does itself has nobody behind it", async () => {
  const gate = await openGate(new MemoryArchive());
  const asked = { name: "k", role: "vendor", scopes: ["query"], tenant: "default", vendor: "acme", days: 1 } as never;
  const { key } = await gate.keys.add(asked, byLocal);
  const found = subjectOf(event({ protocol: "dicomweb", actor: { user: { name: `key:${key.id}` } } }), gate)!;
  assert.deepEqual([found.principal, found.kind, found.vendor], [`key:${key.id}`, "vendor", "acme"]);
  assert.equal(subjectOf(event({ protocol: "internal" }), gate), undefined);
});

test("nobody else answers for what a stranger did, whatever it calls itself", async () => {
  const gate = await openGate(new MemoryArchive());
  await gate.peers.put({ aeTitle: "CT1", role: "modality", tenant: "default", addresses: ["192.0.2.9"] }, byLocal);
  const actor = { app: "CT1", user: { ...stranger } };
  const spoofed = subjectOf(event({ actor, src_endpoint: { ip: "192.0.2.1", ae_title: "CT1" } }), gate)!;
  assert.deepEqual([spoofed.principal, spoofed.roles, spoofed.host], ["nobody", [], "192.0.2.1"]);
  const anonymous = event({ protocol: "api", actor: { app: "user:anna", user: { ...stranger } }, src_endpoint: {} });
  assert.equal(subjectOf(anonymous, gate)?.principal, "nobody");
  const here = event({ protocol: "api", actor: actorOf(local("127.0.0.1")), src_endpoint: {} });
  assert.equal(subjectOf(here, gate)?.principal, "local");
});
