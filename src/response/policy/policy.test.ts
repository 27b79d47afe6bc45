import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { principalKinds, roles } from "../../gate/index.ts";
import { checkPolicy, defaultPolicy, evaluate, loadPolicy, type Policy } from "../index.ts";

const rule = (name: string, more: Partial<Policy["rules"][number]> = {}): Policy["rules"][number] => ({
  name,
  when: {},
  actions: [{ action: "watch", on: "principal" }],
  mode: "shadow",
  ...more,
});
const policy = (rules: Policy["rules"], examples: Policy["examples"] = []): Policy => ({
  version: 1,
  contact: "IT, 4711",
  rules,
  examples:
    examples.length > 0 ? examples : [{ name: "any", finding: { risk: 1, evidence: [] }, rule: rules[0]!.name }],
});

test("the default policy passes its own examples", () => {
  assert.equal(checkPolicy(structuredClone(defaultPolicy)).version, 1);
});

test("the default acts by itself on invariants alone, whatever the finding", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.uniqueArray(fc.constantFrom("burst", "novelty", "content", "treatment")),
      fc.constantFrom(...principalKinds),
      fc.constantFrom(...roles),
      fc.option(fc.constant("acme"), { nil: undefined }),
      fc.constantFrom("T1485", "T1486", "T1530", undefined),
      (risk, evidence, kind, role, vendor, technique) => {
        const subject = { principal: "x", kind, roles: [role], tenant: "default", ...(vendor ? { vendor } : {}) };
        const finding = { time: 0, risk, evidence, invariant: false, reasons: [], subject };
        const verdict = evaluate(defaultPolicy, { ...finding, ...(technique ? { technique } : {}) });
        assert.notEqual(verdict?.mode, "automatic");
        assert.equal(evaluate(defaultPolicy, { ...finding, invariant: true })?.mode, "automatic");
      },
    ),
  );
});

test("the automatic policy that is shipped passes its examples, and acts by itself on what is done, never on what is new", async () => {
  const automatic = await loadPolicy(fileURLToPath(new URL("../../../docs/policies/automatic.json", import.meta.url)));
  const subject = { principal: "x", kind: "person", roles: ["physicist"], tenant: "default" } as const;
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.uniqueArray(fc.constantFrom("burst", "novelty", "sequence", "workflow", "silence", "volume")),
      fc.constantFrom(undefined, "acme"),
      fc.constantFrom("T1485", "T1486", "T1530", "T1078"),
      (risk, evidence, vendor, technique) => {
        const who = { ...subject, ...(vendor === undefined || evidence.includes("volume") ? {} : { vendor }) };
        const finding = { time: 0, risk, evidence, invariant: false, technique, reasons: [], subject: who };
        assert.notEqual(evaluate(automatic, finding)?.mode, "automatic");
      },
    ),
  );
});

test("the first rule that holds decides, and targets that the subject lacks are left out", () => {
  const rules = [
    rule("strong", { when: { risk: 0.9, vendor: true } }),
    rule("any", {
      actions: [
        { action: "cut-vendor-link", on: "vendor" },
        { action: "refuse", on: "host", minutes: 5 },
      ],
    }),
  ];
  const subject = {
    principal: "user:a",
    kind: "person",
    roles: ["physicist"],
    tenant: "north",
    host: "192.0.2.1",
  } as const;
  const verdict = evaluate(policy(rules), { time: 0, risk: 1, evidence: [], invariant: false, reasons: [], subject });
  assert.deepEqual(verdict, {
    rule: "any",
    mode: "shadow",
    measures: [{ action: "refuse", minutes: 5, target: { kind: "host", id: "192.0.2.1" } }],
  });
});

test("nobody is contained for what others did, nor for a stranger; a rule may ask for strict evidence", () => {
  const rules = [
    rule("strict", { when: { automatic: true }, actions: [{ action: "refuse", on: "principal" }] }),
    rule("any", {
      actions: [
        { action: "refuse", on: "principal" },
        { action: "freeze-deletes", on: "tenant" },
      ],
    }),
  ];
  const subject = { principal: "user:a", kind: "person", roles: [], tenant: "north" } as const;
  const finding = { time: 0, risk: 1, evidence: [], invariant: false, reasons: [], subject };
  const targets = (more: object) =>
    evaluate(policy(rules), { ...finding, ...more })?.measures.map(({ target }) => target.id);
  const encrypts = rule("encrypts", { when: { techniques: ["T1565"] } });
  const of = (technique: string) => evaluate(policy([encrypts]), { ...finding, technique })?.rule;
  assert.deepEqual([of("T1565"), of("T1565.001"), of("T15651")], ["encrypts", "encrypts", undefined]);
  assert.deepEqual(targets({}), ["user:a", "north"]);
  assert.deepEqual(targets({ automatic: true }), ["user:a"]);
  assert.deepEqual(targets({ about: "tenant" }), ["north"]);
  assert.deepEqual(targets({ subject: { ...subject, principal: "nobody" } }), ["north"]);
});

test("a policy is refused that fails an example, has a name twice, acts unseen, or does not fit the schema", () => {
  const wrong: [unknown, RegExp][] = [
    [policy([rule("a")], [{ name: "e", finding: { risk: 1, evidence: [] }, rule: null }]), /Example "e" meets a/],
    [
      policy([rule("a")], [{ name: "e", finding: { risk: 1, evidence: [] }, rule: "a", mode: "ask" }]),
      /is shadow, not ask/,
    ],
    [
      policy([rule("a")], [{ name: "e", finding: { risk: 1, evidence: [] }, rule: "a", actions: ["refuse"] }]),
      /leads to watch, not refuse/,
    ],
    [policy([rule("a"), rule("a")]), /Two rules are named a/],
    [policy([rule("a"), rule("b", { mode: "automatic" })]), /No example shows rule b/],
    [{ ...policy([rule("a")]), colour: "red" }, /additional properties/],
    [policy([rule("a", { actions: [{ action: "watch", on: "principal", perMinute: 3 }] })]), /perMinute/],
    [policy([rule("a", { when: { risk: 2 } })]), /risk: must be <= 1/],
  ];
  for (const [value, message] of wrong) assert.throws(() => checkPolicy(value), { code: "config/invalid", message });
});

test("a policy is read from YAML, and a file that is none is refused", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-policy-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "policy.yaml");
  await writeFile(
    path,
    "version: 3\ncontact: IT\nrules:\n- {name: a, when: {risk: 0.5}, mode: ask, actions: [{action: watch, on: principal}]}\n" +
      "examples:\n- {name: e, finding: {risk: 0.6, evidence: []}, rule: a, mode: ask}\n",
  );
  assert.equal((await loadPolicy(path)).version, 3);
  await writeFile(path, "a: [");
  await assert.rejects(loadPolicy(path), { code: "config/invalid" });
  await assert.rejects(loadPolicy(join(folder, "none")), { code: "config/invalid" });
});
