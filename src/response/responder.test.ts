import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openArchive } from "../archive/index.ts";
import type { Policy } from "./index.ts";
import { defaultPolicy, explanation } from "./index.ts";
import { findingOf, person, testResponder } from "./testing/responder.ts";

async function archiveOf(t: TestContext) {
  const base = await mkdtemp(join(tmpdir(), "holdfast-response-"));
  t.after(() => rm(base, { recursive: true }));
  const options = { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
  return () => openArchive(options);
}

const acting: Policy = {
  ...defaultPolicy,
  rules: [
    {
      name: "destroys",
      when: { kinds: 2 },
      actions: [{ action: "refuse", on: "principal", minutes: 10 }],
      mode: "automatic",
    },
    { name: "odd", when: { risk: 0.5 }, actions: [{ action: "read-only", on: "principal" }], mode: "ask" },
  ],
};
const vendor = { principal: "user:vic", kind: "vendor", roles: ["vendor"], vendor: "acme" } as const;
const strong = findingOf({ evidence: ["burst", "content"] }, vendor);

test("an automatic containment stands at the gate when observe returns, and after a restart", async (t) => {
  const open = await archiveOf(t);
  {
    await using archive = await open();
    const { responder, state, contained } = await testResponder(archive, { policy: acting });
    responder.observe(strong);
    const standing = state.on("principal", "user:vic")?.refuse;
    assert.equal(standing?.until, 1_000_000 + 600_000);
    assert.equal(standing?.reason, "120 objects changed in a minute, usually 2");
    assert.deepEqual(
      contained.map(({ id, by }) => [id, by]),
      [[standing?.id, "policy 1: destroys"]],
    );
    await archive.flush();
  }
  await using archive = await open();
  const { responder, state } = await testResponder(archive, { policy: acting });
  assert.ok(state.on("principal", "user:vic")?.refuse);
  assert.equal(responder.inbox.all()[0]?.decision?.measures[0]?.outcome, "taken");
  assert.equal(responder.since(0).length, 2);
});

test("in shadow nothing is done, and the alert says what would have been", async (t) => {
  await using archive = await (await archiveOf(t))();
  const { responder, state } = await testResponder(archive);
  responder.observe(findingOf({ evidence: ["burst", "content"] }));
  assert.equal(state.size, 0);
  const { decision } = responder.inbox.all()[0]!;
  assert.equal(decision?.mode, "shadow");
  assert.deepEqual(
    decision?.measures.map(({ action, outcome }) => [action, outcome]),
    [["read-only", "would"]],
  );
});

test("what is asked waits for a person, who may decline or accept once", async (t) => {
  await using archive = await (await archiveOf(t))();
  const { responder, state } = await testResponder(archive, { policy: acting });
  responder.observe(findingOf());
  responder.observe(findingOf({}, { principal: "user:ann" }));
  const [ann, eve] = responder.inbox.all();
  assert.equal(state.size, 0);
  await responder.answer(eve!.id, true, person("sam"));
  assert.equal(state.on("principal", "user:eve")?.["read-only"]?.incident, eve!.incident);
  await responder.answer(ann!.id, false, person("sam"));
  assert.equal(state.on("principal", "user:ann"), undefined);
  responder.observe(findingOf({}, { principal: "user:ann" }));
  assert.equal(responder.inbox.get(ann!.id)?.decision?.measures[0]?.outcome, "declined");
  await assert.rejects(responder.answer(ann!.id, true, person("sam")), { code: "request/conflict" });
});

test("what waits for an answer is done when more evidence lets the policy act; what is long ago waits whatever the policy", async (t) => {
  await using archive = await (await archiveOf(t))();
  const [odd] = acting.rules.slice(1);
  const sure = { ...odd!, name: "sure", when: { kinds: 2 }, mode: "automatic" as const };
  const { responder, state, clock } = await testResponder(archive, { policy: { ...acting, rules: [sure, odd!] } });
  responder.observe(findingOf());
  assert.equal(state.size, 0);
  const more = findingOf({ evidence: ["burst", "content"] });
  clock.now += 1_000;
  responder.observe({ ...more, late: 200_000_000, onlyAsks: true });
  assert.equal(state.size, 0);
  assert.deepEqual([responder.inbox.all()[0]?.late, responder.inbox.all()[0]?.decision?.mode], [200_000_000, "ask"]);
  responder.observe({ ...more, assessed: clock.now });
  const [taken] = responder.containments.all();
  assert.deepEqual([taken?.action, taken?.assessed], ["read-only", clock.now]);
  assert.equal(responder.inbox.all()[0]?.decision?.measures[0]?.at, clock.now);
});

test("what a person released is not taken again for the same alert; what ended by itself is", async (t) => {
  await using archive = await (await archiveOf(t))();
  const { responder, state, clock } = await testResponder(archive, { policy: acting });
  responder.observe(strong);
  clock.now += 600_000;
  await responder.sweep();
  assert.equal(state.size, 0);
  assert.equal(responder.containments.all()[0]?.state, "expired");
  responder.observe({ ...strong, time: clock.now });
  const again = state.on("principal", "user:vic")?.refuse;
  assert.ok(again);
  await responder.containments.release(again.id, "was the agreed migration", person("sam"));
  assert.equal(state.size, 0);
  responder.observe({ ...strong, time: clock.now });
  assert.equal(state.size, 0);
  await assert.rejects(responder.containments.release(again.id, "again", person("sam")), { code: "request/conflict" });
});

test("a treatment session in progress turns a refusal into writes held back, and the record says why", async (t) => {
  await using archive = await (await archiveOf(t))();
  const linac = { id: "peer:LINAC1", roles: ["linac"], tenant: "default" } as const;
  const { responder, state } = await testResponder(archive, { policy: acting, principals: [linac] });
  responder.acted(linac, "retrieve");
  responder.observe({
    ...strong,
    subject: { principal: "peer:LINAC1", kind: "device", roles: ["linac"], tenant: "default" },
  });
  const record = responder.containments.all()[0]!;
  assert.deepEqual(Object.keys(state.on("principal", "peer:LINAC1") ?? {}), ["quarantine-writes"]);
  assert.equal(record.asked, "refuse");
  assert.deepEqual(record.because, ["data-of-patients-on-treatment", "treatment-in-progress"]);
});

test("who is of the same vendor as a linac is contained all the same", async (t) => {
  await using archive = await (await archiveOf(t))();
  const cut = { ...acting.rules[0]!, actions: [{ action: "cut-vendor-link", on: "vendor" } as const] };
  const own = { tenant: "default", vendor: "acme" };
  const principals = [
    { ...own, id: "peer:LINAC1", roles: ["linac"] as const },
    { ...own, id: "user:vic", roles: ["vendor"] as const },
    { ...own, id: "key:remote", roles: ["vendor"] as const },
    { id: "user:ann", tenant: "default", roles: ["physicist"] as const },
  ];
  const paths = [{ linac: "peer:LINAC1", through: ["peer:LINAC1"] }];
  const { responder, state } = await testResponder(archive, { policy: { ...acting, rules: [cut] }, principals, paths });
  responder.observe(strong);
  for (const id of ["user:vic", "key:remote"]) assert.ok(state.on("principal", id)?.["cut-vendor-link"], id);
  for (const id of ["peer:LINAC1", "user:ann"]) assert.equal(state.on("principal", id), undefined, id);
  assert.equal(state.on("vendor", "acme")?.["cut-vendor-link"], undefined);
  assert.equal(state.on("vendor", "acme")?.["quarantine-writes"]?.action, "quarantine-writes");
});

test("a critical entity is released by two persons only", async (t) => {
  await using archive = await (await archiveOf(t))();
  const { responder, state, agreed } = await testResponder(archive);
  const { record, durable } = responder.containments.apply(
    { target: { kind: "vendor", id: "acme" }, action: "cut-vendor-link", reason: "advisory" },
    person("sam"),
    "user:sam",
  );
  await durable;
  const release = () => responder.containments.release(record.id, "mended", person("sam"));
  await assert.rejects(release(), { code: "gate/second-person" });
  assert.equal(state.size, 1);
  agreed.add(`release ${record.id}`);
  await release();
  assert.equal(state.size, 0);
});

test("findings of one principal are one alert, of one campaign or vendor one incident", async (t) => {
  await using archive = await (await archiveOf(t))();
  const { responder } = await testResponder(archive);
  responder.observe(findingOf({ campaign: "c1" }));
  responder.observe(findingOf({ campaign: "c1", evidence: ["content"], risk: 0.95 }));
  responder.observe(findingOf({ campaign: "c1" }, { principal: "user:ann" }));
  responder.observe(findingOf({}, vendor));
  responder.observe(findingOf({}, { ...vendor, principal: "user:vera" }));
  responder.observe(findingOf({ risk: 0.4 }, { principal: "user:low" }));
  const incidents = responder.inbox.incidents();
  assert.deepEqual(incidents.map(({ subjects }) => subjects.sort()).sort(), [
    ["user:ann", "user:eve"],
    ["user:vera", "user:vic"],
  ]);
  const eve = responder.inbox.all().find(({ subject }) => subject.principal === "user:eve")!;
  assert.deepEqual([eve.evidence, eve.risk, eve.findings], [["burst", "content"], 0.95, 2]);
});

test("an alert is worked on, closed with a reason that goes to the engine, and then a new finding is a new alert", async (t) => {
  await using archive = await (await archiveOf(t))();
  const { responder } = await testResponder(archive);
  const { inbox } = responder;
  responder.observe(findingOf());
  const { id } = inbox.all()[0]!;
  await inbox.acknowledge(id, person("sam"));
  await assert.rejects(inbox.acknowledge(id, person("sam")), { code: "request/conflict" });
  await inbox.assign(id, "user:sam", person("sam"));
  responder.observe(findingOf());
  responder.observe(findingOf());
  await inbox.comment(id, "asked the ward", person("sam"));
  const closed = await inbox.close(id, { reason: "planned work", comment: "migration, ticket 12" }, person("sam"));
  assert.deepEqual([closed.state, closed.findings, closed.comments.length], ["closed", 3, 2]);
  await assert.rejects(inbox.comment(id, "late", person("sam")), { code: "request/conflict" });
  responder.observe(findingOf());
  assert.equal(inbox.all().length, 2);
});

test("a thousand like findings are few entries in the journal", async (t) => {
  await using archive = await (await archiveOf(t))();
  const { responder } = await testResponder(archive);
  for (let i = 0; i < 1_000; i++) responder.observe(findingOf());
  await responder.sweep();
  assert.equal(responder.inbox.all()[0]?.findings, 1_000);
  assert.ok((await archive.statistics()).journalEntries <= 4);
});

test("a listener hears each change once, in order, and resumes from any of them", async (t) => {
  await using archive = await (await archiveOf(t))();
  const { responder } = await testResponder(archive, { policy: acting });
  const heard: number[] = [];
  const leave = responder.subscribe(({ seq }) => heard.push(seq));
  responder.observe(strong);
  responder.observe(findingOf());
  leave();
  responder.observe(findingOf({ evidence: ["content"] }));
  assert.deepEqual(heard, [1, 2, 3]);
  assert.deepEqual(
    responder.since(1).map(({ seq, type }) => [seq, type]),
    [
      [2, "alert"],
      [4, "containment"],
      [5, "alert"],
    ],
  );
});

test("the person affected is told since when, until when, and whom to call", () => {
  const text = explanation({
    id: "1",
    target: { kind: "principal", id: "user:eve" },
    action: "read-only",
    since: 0,
    until: 60_000,
    reason: "",
    contact: "IT, 4711",
  });
  assert.equal(
    text,
    "Your access to change anything is paused since 1970-01-01T00:00:00.000Z until 1970-01-01T00:01:00.000Z. Call IT, 4711.",
  );
});

test("alerts whom the engine sees at work together are one incident, also when that turns out later", async (t) => {
  await using archive = await (await archiveOf(t))();
  const { responder } = await testResponder(archive);
  const of = (name: string, more = {}) =>
    responder.observe(
      findingOf({ actors: [`user:${name}`], ...more }, { principal: `user:${name}`, host: `h-${name}` }),
    );
  for (const name of ["ann", "bob", "cat", "dan"]) of(name);
  of("bob", { together: ["user:bob", "user:cat"], risk: 0.99 });
  const incidents = () => responder.inbox.incidents().map(({ subjects }) => subjects.sort().join());
  assert.deepEqual(incidents().sort(), ["user:ann", "user:bob,user:cat", "user:dan"]);
  of("eva", { together: ["user:eva", "user:ann", "user:cat"] });
  assert.deepEqual(incidents().sort(), ["user:ann,user:bob,user:cat,user:eva", "user:dan"]);
  of("fay", { together: ["user:ann"] });
  assert.equal(incidents().length, 2);
  const elsewhere = { principal: "user:ann", tenant: "north" };
  responder.observe(findingOf({ actors: ["user:ann"], together: ["user:ann", "user:dan"] }, elsewhere));
  assert.equal(incidents().length, 3, "nothing joins over tenants");
});

test("what the engine would do is in the alert, and a rule may ask for it", async (t) => {
  await using archive = await (await archiveOf(t))();
  const when = { automatic: true };
  const rule = { name: "sure", when, actions: [{ action: "read-only", on: "principal" }], mode: "automatic" } as const;
  const { responder, state } = await testResponder(archive, {
    policy: { ...acting, rules: [{ ...rule, actions: [...rule.actions] }] },
  });
  responder.observe(findingOf({ level: "rate-limit" }));
  assert.equal(state.size, 0);
  responder.observe(findingOf({ level: "watch", automatic: true }));
  assert.ok(state.on("principal", "user:eve")?.["read-only"]);
  const [{ level, automatic } = {}] = responder.inbox.all();
  assert.deepEqual([level, automatic], ["rate-limit", true]);
});

test("a finding that is told again after a kill changes nothing, not even when its alert was closed", async (t) => {
  const open = await archiveOf(t);
  {
    await using archive = await open();
    const { responder } = await testResponder(archive, { policy: acting });
    responder.observe({ ...strong, entry: 7 });
    responder.observe({ ...strong, entry: 8, evidence: [...strong.evidence, "volume"] });
    const [record] = responder.containments.all();
    await responder.containments.release(record!.id, "was the agreed migration", person("sam"));
    await responder.inbox.close(responder.inbox.all()[0]!.id, { reason: "training or test" }, person("sam"));
  }
  await using archive = await open();
  const { responder, state } = await testResponder(archive, { policy: acting });
  for (const entry of [7, 8]) responder.observe({ ...strong, entry });
  assert.deepEqual([responder.inbox.all().length, responder.inbox.all()[0]?.findings, state.size], [1, 2, 0]);
  responder.observe({ ...strong, entry: 9 });
  assert.deepEqual([responder.inbox.all().length, state.size], [2, 1]);
});

test("what one event says against its actor and against everybody together is two alerts, of one incident", async (t) => {
  await using archive = await (await archiveOf(t))();
  const { responder } = await testResponder(archive);
  responder.observe(findingOf({ entry: 3, actors: ["user:eve"] }));
  const about = { entry: 3, about: "tenant", together: ["user:eve", "user:ann"] } as const;
  responder.observe(findingOf({ ...about, together: [...about.together] }));
  assert.deepEqual(
    responder.inbox.all().map(({ about = "its actor", findings }) => [about, findings]),
    [
      ["tenant", 1],
      ["its actor", 1],
    ],
  );
  assert.equal(responder.inbox.incidents().length, 1);
  const together = responder.inbox.all().find(({ about }) => about === "tenant")!;
  await responder.inbox.close(together.id, { reason: "true positive" }, person("sam"));
  assert.deepEqual(responder.verdicts.all(), [], "nobody in particular is found malicious for it");
});
