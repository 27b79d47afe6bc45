import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type ContainmentAction,
  ContainmentState,
  containmentActions,
  decide,
  type Principal,
  roles,
  type SettingsPort,
  targetKinds,
  treats,
} from "../../gate/index.ts";
import { type Affected, type Circumstances, Containments, reached, safeguard, TreatmentSessions } from "../index.ts";
import { Sequence } from "../ledger.ts";
import { person } from "../testing/responder.ts";

const names = ["a", "b", "c", "d"];
const anyPrincipal = (id: string) =>
  fc.record<Affected>(
    {
      id: fc.constant(id),
      roles: fc.constantFrom(...roles).map((role) => [role]),
      critical: fc.boolean(),
      tenant: fc.constantFrom("north", "south"),
      vendor: fc.constantFrom("acme", "other"),
      addresses: fc.constantFrom(new Set(["192.0.2.1"]), new Set(["192.0.2.1", "192.0.2.2"])),
    },
    { requiredKeys: ["id", "roles", "tenant"] },
  );
const subset = fc.subarray(names);
const anyCircumstances = fc.record<Circumstances>({
  principals: fc.tuple(...names.map(anyPrincipal)),
  treating: subset.map((list) => new Set(list)),
  paths: fc.array(fc.record({ linac: fc.constant("linac"), through: fc.subarray(names, { minLength: 1 }) }), {
    maxLength: 3,
  }),
  blocked: subset.map((list) => new Set(list)),
  knowsPatientsOnTreatment: fc.boolean(),
});
const anyMeasure = fc.record({
  action: fc.constantFrom<ContainmentAction>(...containmentActions),
  target: fc.record({
    kind: fc.constantFrom(...targetKinds),
    id: fc.constantFrom(...names, "acme", "other", "north", "south", "192.0.2.1", "192.0.2.2"),
  }),
});

const shown = (who: Affected): Principal => {
  const [address] = who.addresses ? ["192.0.2.1"] : [];
  const { vendor: _, addresses: __, ...facts } = who;
  return {
    ...{ ...facts, kind: "device", name: who.id, method: "certificate", authenticatedAt: 0 },
    ...(address === undefined ? {} : { address }),
  };
};

/** Nothing is read back here. */
const forgetful: SettingsPort = {
  settings: async () => new Map(),
  async change() {},
  seal: () => "",
  unseal: () => Buffer.alloc(0),
};

const needed = ["associate", "query", "retrieve", "store", "care.read", "care.record"] as const;

/** What the real gate no longer lets a principal do, of what it could do before. */
function lostAt(containments: ContainmentState, who: Affected, onTreatment: boolean): string[] {
  // A vendor's device in an open session.
  const session = { id: "s", until: 1_000, hosts: ["192.0.2.1"], tenants: [who.tenant] };
  const principal = {
    ...shown(who),
    ...(who.vendor === undefined ? {} : { vendor: who.vendor, vendorSession: session }),
  };
  const free = { containments: new ContainmentState(), now: 20 };
  return needed.filter((each) => {
    const before = decide(principal, each, { onTreatment }, free);
    const after = decide(principal, each, { onTreatment }, { containments, now: 20 });
    return before.effect === "permit" && (after.effect === "deny" || (after.effect === "permit" && after.rate));
  });
}

/** Under one containment of its own. */
function lost(who: Affected, action: ContainmentAction, onTreatment: boolean): string[] {
  const containments = new ContainmentState();
  const target = { kind: "principal", id: who.id } as const;
  containments.apply({ id: "1", target, action, since: 10, reason: "", contact: "" });
  return lostAt(containments, who, onTreatment);
}

const options = { numRuns: 2_000 };

test("no measure takes anything from a principal with a treatment session in progress", () => {
  fc.assert(
    fc.property(anyMeasure, anyCircumstances, (asked, now) => {
      const { measure } = safeguard(asked, now);
      for (const who of reached(measure.target.kind, measure.target.id, now.principals))
        if (now.treating.has(who.id)) assert.deepEqual(lost(who, measure.action, now.knowsPatientsOnTreatment), []);
    }),
    options,
  );
});

test("those who treat go on reading patients on treatment, and everyone's where the gate cannot tell", () => {
  fc.assert(
    fc.property(anyMeasure, anyCircumstances, (asked, now) => {
      const { measure } = safeguard(asked, now);
      for (const who of reached(measure.target.kind, measure.target.id, now.principals)) {
        const treating = who.roles.some((role) => ["therapist", "physicist", "oncologist", "linac"].includes(role));
        if (!treating && !who.critical) continue;
        const gone = lost(who, measure.action, now.knowsPatientsOnTreatment);
        const slowed = measure.action === "rate-limit" && !now.knowsPatientsOnTreatment;
        if (!slowed) for (const action of ["associate", "query", "retrieve"]) assert.ok(!gone.includes(action), action);
      }
    }),
    options,
  );
});

test("whatever is decided one after the other, a linac that had a working path has one", () => {
  fc.assert(
    fc.property(fc.array(anyMeasure, { maxLength: 8 }), anyCircumstances, (measures, first) => {
      const blocked = new Set(first.blocked);
      const had = first.paths.filter(({ through }) => through.some((id) => !blocked.has(id)));
      for (const asked of measures) {
        const { measure } = safeguard(asked, { ...first, blocked });
        for (const who of reached(measure.target.kind, measure.target.id, first.principals))
          if (lost(who, measure.action, true).length > 0) blocked.add(who.id);
      }
      for (const { through } of had) assert.ok(through.some((id) => !blocked.has(id)));
    }),
    options,
  );
});

test("whatever orders are given one after the other, the real gate takes nothing that must not be taken", async () => {
  const property = fc.asyncProperty(fc.array(anyMeasure, { maxLength: 6 }), anyCircumstances, async (orders, now) => {
    const state = new ContainmentState();
    let ids = 0;
    const containments = await Containments.open({
      ...{ state, store: forgetful, clock: () => 20, newId: () => `id${++ids}`, sequence: new Sequence() },
      ...{ circumstances: () => now, contact: () => "IT", async secondPerson() {} },
    });
    const path = now.paths.map(({ through }) => through);
    for (const order of orders) containments.apply({ ...order, reason: "any" }, person("sam"), "user:sam");
    const losing = new Set(now.principals.filter((who) => lostAt(state, who, true).length > 0).map(({ id }) => id));
    for (const who of now.principals) {
      const gone = lostAt(state, who, now.knowsPatientsOnTreatment);
      if (now.treating.has(who.id)) assert.deepEqual(gone, [], `${who.id} treats`);
      const isSlowed = state.snapshot().some(({ action }) => action === "rate-limit") && !now.knowsPatientsOnTreatment;
      if (treats(who) && !isSlowed)
        for (const action of ["associate", "query", "retrieve"])
          assert.ok(!gone.includes(action), `${who.id} ${action}`);
    }
    for (const through of path)
      assert.ok(
        through.some((id) => !losing.has(id)),
        "a linac has a path",
      );
  });
  await fc.assert(property, { numRuns: 300 });
});

test("a measure that endangers no care is taken as it is", () => {
  const free: Circumstances = {
    principals: [{ id: "user:eve", roles: ["vendor"], tenant: "north", vendor: "acme" }],
    treating: new Set(),
    paths: [{ linac: "peer:LINAC1", through: ["peer:LINAC1"] }],
    blocked: new Set(),
    knowsPatientsOnTreatment: false,
  };
  for (const action of containmentActions) {
    const asked = { action, target: { kind: "principal", id: "user:eve" } } as const;
    assert.deepEqual(safeguard(asked, free), { measure: asked, because: [] });
  }
});

test("a treatment session lasts half an hour from the last delivery work, and cannot be claimed by others", () => {
  const sessions = new TreatmentSessions();
  const linac = { id: "peer:LINAC1", roles: ["linac"], tenant: "default" } as const;
  const physicist = { id: "user:phil", roles: ["physicist"], tenant: "default" } as const;
  const therapist = { id: "user:tara", roles: ["therapist"], tenant: "default" } as const;
  const minute = 60_000;
  sessions.acted(linac, "retrieve", 0);
  sessions.acted(physicist, "care.record", 0);
  sessions.acted(therapist, "query", 0);
  assert.deepEqual([...sessions.at(0)], ["peer:LINAC1"]);
  sessions.acted(therapist, "care.record", 10 * minute);
  sessions.acted(linac, "echo", 20 * minute);
  assert.deepEqual([...sessions.at(29 * minute)], ["peer:LINAC1", "user:tara"]);
  assert.deepEqual([...sessions.at(31 * minute)], ["user:tara"]);
  assert.deepEqual([...sessions.at(41 * minute)], []);
});
