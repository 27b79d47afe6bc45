import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Action,
  actionNames,
  type Containment,
  ContainmentState,
  decide,
  defaultTenant,
  effectOf,
  isEverywhere,
  mayRole,
  type Principal,
  platformRoles,
  type Role,
  roles,
  shortMessage,
} from "./index.ts";

const now = 1_000_000;
const principal = (role: Role, more: Partial<Principal> = {}): Principal => ({
  id: "user:anna",
  kind: "person",
  name: "Anna",
  roles: [role],
  tenant: "north",
  address: "192.0.2.7",
  method: "password",
  authenticatedAt: now - 1000,
  ...more,
});
const session = { id: "s", until: now + 1, hosts: ["192.0.2.7"], tenants: ["north"] };
const vendor = (more: Partial<Principal> = {}): Principal =>
  principal("vendor", { id: "user:acme-eve", kind: "vendor", vendor: "acme", vendorSession: session, ...more });

function contained(...some: Partial<Containment>[]) {
  const containments = new ContainmentState();
  for (const [index, more] of some.entries())
    containments.apply({
      id: `c${index}`,
      target: { kind: "principal", id: "user:anna" },
      action: "refuse",
      since: now - 500,
      reason: "many deletions",
      contact: "IT, 4711",
      ...more,
    });
  return { containments, now };
}
const free = contained();

const codeOf = (...parameters: Parameters<typeof decide>): string => {
  const decision = decide(...parameters);
  return decision.effect === "deny" ? decision.code : decision.effect;
};

test("each role may do what its policy lists and nothing else", () => {
  for (const role of roles)
    for (const action of actionNames) {
      const [tenant, open] = [defaultTenant, { ...session, tenants: [defaultTenant] }];
      const who = role === "vendor" ? vendor({ tenant, vendorSession: open }) : principal(role, { tenant });
      assert.equal(decide(who, action, {}, free).effect === "permit", mayRole(role, action), `${role} ${action}`);
    }
});

test("what is about the archive as a whole is for those who run it and for the default tenant", () => {
  for (const role of roles)
    for (const action of actionNames.filter(isEverywhere)) {
      const permitted = decide(role === "vendor" ? vendor() : principal(role), action, {}, free).effect === "permit";
      // What destroys is left to the default tenant's own.
      const runs = platformRoles.has(role) && ["look", "manage"].includes(effectOf(action));
      assert.equal(permitted, mayRole(role, action) && runs, `${role} ${action}`);
    }
});

test("a closed tenant: nobody acts in it, and those who run the archive only look", () => {
  const state = { ...free, isClosed: (tenant: string) => tenant === "north" };
  for (const role of roles)
    for (const action of actionNames) {
      const who = role === "vendor" ? vendor() : principal(role, { breakGlass: { id: "b", until: now + 1 } });
      assert.equal(codeOf(who, action, {}, state), "gate/tenant-closed", `${role} ${action}`);
    }
  const admin = principal("administrator", { tenant: defaultTenant });
  assert.equal(codeOf(admin, "users.read", { tenant: "north" }, state), "permit");
  assert.equal(codeOf(admin, "users.manage", { tenant: "north" }, state), "gate/tenant-closed");
  assert.equal(codeOf(admin, "users.manage", { tenant: "south" }, state), "permit");
});

test("without an identity nothing is permitted, whatever the roles say", () => {
  for (const action of actionNames)
    assert.equal(codeOf(principal("administrator", { method: "none" }), action, {}, free), "gate/unauthenticated");
});

test("no role reaches patients' data of another tenant; platform roles look and manage there", () => {
  for (const role of roles)
    for (const action of actionNames) {
      const effect = effectOf(action);
      if (effect === "look" || effect === "manage") continue;
      const who = role === "vendor" ? vendor() : principal(role, { breakGlass: { id: "b", until: now + 1 } });
      assert.notEqual(decide(who, action, { tenant: "south" }, free).effect, "permit", `${role} ${action}`);
    }
  assert.equal(codeOf(principal("tenant-administrator"), "users.manage", { tenant: "south" }, free), "gate/tenant");
  assert.equal(codeOf(principal("administrator"), "users.manage", { tenant: "south" }, free), "permit");
});

test("a vendor does nothing outside an open session: time, host and tenant", () => {
  assert.equal(codeOf(vendor(), "retrieve", {}, free), "permit");
  const code = "gate/vendor-session";
  assert.equal(codeOf(vendor({ vendorSession: { ...session, until: now } }), "retrieve", {}, free), code);
  assert.equal(codeOf(vendor({ address: "192.0.2.8" }), "retrieve", {}, free), code);
  const ranged = { ...session, hosts: ["192.0.2.8/29", "2001:db8::/32"] };
  for (const [address, wanted] of Object.entries({
    "192.0.2.9": "permit",
    "::ffff:192.0.2.9": "permit",
    "2001:db8::7": "permit",
    "192.0.2.7": code,
    "192.0.2.16": code,
  }))
    assert.equal(codeOf(vendor({ address, vendorSession: ranged }), "retrieve", {}, free), wanted, address);
  assert.equal(codeOf(vendor({ tenant: "south" }), "retrieve", {}, free), code);
  const { vendorSession: _, ...outside } = vendor();
  assert.equal(codeOf(outside, "echo", {}, free), code);
});

test("scopes and SOP classes narrow", () => {
  const key = principal("service", { scopes: new Set(["query"]) });
  assert.equal(codeOf(key, "query", {}, free), "permit");
  assert.equal(codeOf(key, "retrieve", {}, free), "gate/scope");
  const peer = principal("modality", { sopClasses: new Set(["1.2"]) });
  assert.equal(codeOf(peer, "store", { sopClassUid: "1.2" }, free), "permit");
  assert.equal(codeOf(peer, "store", { sopClassUid: "1.3" }, free), "gate/sop-class");
});

test("break-glass gives reading for care, for its time, and nothing more", () => {
  const glass = { breakGlass: { id: "b", until: now + 1 } };
  assert.equal(codeOf(principal("security-analyst", glass), "retrieve", {}, free), "permit");
  assert.equal(codeOf(principal("security-analyst", glass), "delete", {}, free), "gate/role");
  assert.equal(codeOf(principal("security-analyst", glass), "retrieve", {}, { ...free, now: now + 1 }), "gate/role");
});

test("each containment takes what it says, from whom it names, and no more", () => {
  const physicist = principal("physicist");
  const outcome = (more: Partial<Containment>, who: Principal = physicist) =>
    (["query", "store", "delete"] as Action[]).map((action) => codeOf(who, action, {}, contained(more)));
  const permitted = ["permit", "permit", "permit"];
  assert.deepEqual(outcome({ action: "refuse" }), Array(3).fill("gate/contained"));
  assert.deepEqual(outcome({ action: "read-only" }), ["permit", "gate/read-only", "gate/read-only"]);
  assert.deepEqual(outcome({ action: "quarantine-writes" }), ["permit", "quarantine", "gate/frozen"]);
  assert.deepEqual(outcome({ action: "freeze-deletes", target: { kind: "tenant", id: "north" } }), [
    "permit",
    "permit",
    "gate/frozen",
  ]);
  assert.deepEqual(outcome({ action: "reauthenticate" }), Array(3).fill("gate/reauthenticate"));
  assert.deepEqual(outcome({ action: "reauthenticate", since: now - 1000 }), permitted);
  assert.deepEqual(outcome({ action: "watch" }), permitted);
  assert.deepEqual(outcome({ action: "refuse", until: now }), permitted);
  assert.deepEqual(outcome({ target: { kind: "principal", id: "user:ben" } }), permitted);
  assert.deepEqual(outcome({ target: { kind: "host", id: "192.0.2.7" } }), Array(3).fill("gate/contained"));
  const cut = { action: "cut-vendor-link", target: { kind: "vendor", id: "acme" } } as const;
  assert.deepEqual(outcome(cut, vendor()), Array(3).fill("gate/contained"));
  assert.deepEqual(outcome(cut), permitted);
});

test("only objects are held back; what else is written is refused meanwhile", () => {
  const state = contained({ action: "quarantine-writes" });
  assert.equal(codeOf(principal("physicist"), "store", {}, state), "quarantine");
  assert.equal(codeOf(principal("physicist"), "care.record", {}, state), "gate/read-only");
});

test("rate limits and watching come with the permit", () => {
  const state = contained({ action: "watch" }, { action: "rate-limit", perMinute: 5 });
  const decision = decide(principal("physicist"), "query", {}, state);
  assert.equal(decision.effect === "permit" && decision.watch && decision.rate?.perMinute, 5);
});

test("containment never hides patients on treatment from those who treat them", () => {
  const state = contained({ action: "refuse" }, { action: "reauthenticate" });
  const treated = { onTreatment: true };
  for (const role of ["therapist", "physicist", "oncologist", "linac"] as const)
    assert.equal(decide(principal(role), "query", treated, state).effect, "permit", role);
  assert.equal(codeOf(principal("physicist"), "delete", treated, state), "gate/contained");
  assert.equal(codeOf(principal("workstation"), "query", treated, state), "gate/contained");
  assert.equal(codeOf(principal("therapist"), "query", { onTreatment: true, tenant: "south" }, state), "gate/tenant");
});

test("a denial says to the administrator what would mend it, and to the person since when and whom to call", () => {
  const lacking = decide(principal("therapist"), "delete", {}, free);
  assert.ok(lacking.effect === "deny" && /needs one of: physicist, tenant-administrator/.test(lacking.reason));
  const paused = decide(principal("physicist"), "delete", {}, contained({ until: now + 60_000 }));
  assert.ok(paused.effect === "deny");
  assert.equal(
    paused.message,
    "Your access to delete stored objects is paused since 1970-01-01T00:16:39.500Z until 1970-01-01T00:17:40.000Z. Call IT, 4711.",
  );
  assert.equal(shortMessage(paused), "Paused since 1970-01-01T00:16Z, call IT, 4711");
});

test("a containment never permits what was denied without it", () => {
  const state = contained({ action: "quarantine-writes" }, { action: "rate-limit" }, { action: "watch" });
  fc.assert(
    fc.property(
      fc.constantFrom(...roles),
      fc.constantFrom(...actionNames),
      fc.constantFrom(undefined, "north", "south"),
      fc.boolean(),
      (role, action, tenant, onTreatment) => {
        const object = { onTreatment, ...(tenant === undefined ? {} : { tenant }) };
        if (decide(principal(role), action, object, free).effect !== "deny") return;
        assert.equal(decide(principal(role), action, object, state).effect, "deny");
      },
    ),
  );
});
