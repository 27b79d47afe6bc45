/** A responder over a store, for tests: a clock that is set, identifiers that count. */
import { type Change, ContainmentState, type SettingsPort } from "../../gate/index.ts";
import type { Affected, ContainmentRecord, Finding, LinacPath, Policy } from "../index.ts";
import { defaultPolicy, Responder } from "../index.ts";

export const person = (name: string): Change => ({
  by: {
    id: `user:${name}`,
    kind: "person",
    name,
    roles: ["security-analyst"],
    tenant: "default",
    method: "password",
    authenticatedAt: 0,
  },
  protocol: "api",
  operation: "test",
});

export const findingOf = (more: Partial<Finding> = {}, subject: Partial<Finding["subject"]> = {}): Finding => ({
  time: 1_000_000,
  risk: 0.9,
  evidence: ["burst"],
  invariant: false,
  reasons: [{ detector: "burst", text: "120 objects changed in a minute, usually 2", observed: 120, expected: 2 }],
  technique: "T1486",
  subject: { principal: "user:eve", kind: "person", roles: ["physicist"], tenant: "default", ...subject },
  ...more,
});

export async function testResponder(
  store: SettingsPort,
  more: Partial<{ policy: Policy; paths: LinacPath[]; principals: Affected[] }> = {},
) {
  const state = new ContainmentState();
  const clock = { now: 1_000_000 };
  const contained: ContainmentRecord[] = [];
  const agreed = new Set<string>();
  const run = Math.trunc((await store.settings("alerts")).size + (await store.settings("containments")).size);
  let ids = 0;
  const responder = await Responder.open({
    policy: more.policy ?? defaultPolicy,
    state,
    store,
    clock: () => clock.now,
    newId: () => `id${run}-${++ids}`,
    clinic: () => ({ principals: more.principals ?? [], paths: more.paths ?? [], knowsPatientsOnTreatment: false }),
    self: { ...person("response").by, id: "response", kind: "service", roles: [] },
    onContained: (record) => contained.push(record),
    async secondPerson(what) {
      if (!agreed.has(what)) throw Object.assign(new Error(what), { code: "gate/second-person" });
    },
  });
  return { responder, state, clock, contained, agreed };
}
