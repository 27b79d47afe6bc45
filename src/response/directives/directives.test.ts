import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verdict } from "../../behaviour/index.ts";
import { MemoryArchive } from "../../http/testing/memory-archive.ts";
import { findingOf, person, testResponder } from "../testing/responder.ts";

const day = 86_400_000;
const change = person("sam");

test("a closure is a verdict on the alert's actors in its own detectors, in the closure's journal entry", async () => {
  const store = new MemoryArchive();
  const { responder, clock } = await testResponder(store);
  const { inbox, verdicts } = responder;
  responder.observe(
    findingOf({ actors: ["user:eve", "curl"], evidence: ["burst", "volume", "unheard-of"] }, { tenant: "north" }),
  );
  const { id } = inbox.all()[0]!;
  const entries = store.events.length;
  await inbox.close(id, { reason: "benign" }, change);
  assert.equal(store.events.length, entries + 1);
  const stored = await store.settings("verdicts");
  assert.deepEqual([...stored.keys()], [`north/${id}`, `north/${id}.1`]);
  assert.deepEqual(stored.get(`north/${id}`), {
    id,
    actor: "user:eve",
    verdict: "benign",
    detectors: ["burst", "volume"],
    reason: "benign",
    expires: (clock.now + 90 * day) / 1000,
    tenant: "north",
    alert: id,
    by: "user:sam",
    at: clock.now,
  });
  await verdicts.undo(`${id}.1`, change);
  assert.deepEqual(
    verdicts.all().map(({ actor }) => actor),
    ["user:eve"],
  );
  await assert.rejects(verdicts.undo(`${id}.1`, change), { code: "request/not-found" });
  clock.now += 90 * day;
  await responder.sweep();
  assert.equal((await store.settings("verdicts")).size, 0);
});

test("each reason says what it says and no more; how long is the person's choice where it says anything", async () => {
  const store = new MemoryArchive();
  const { responder, clock } = await testResponder(store);
  const { inbox, verdicts } = responder;
  const close = async (reason: Parameters<typeof inbox.close>[1]["reason"], days?: number) => {
    responder.observe(findingOf({ actors: ["user:eve"] }));
    const { id } = inbox.all().find(({ state }) => state !== "closed")!;
    await inbox.close(id, { reason, ...(days === undefined ? {} : { days }) }, change);
    const given = verdicts.get(id);
    return given && [given.verdict, (given.expires * 1000 - clock.now) / day];
  };
  assert.deepEqual(await close("true positive"), ["malicious", 30]);
  assert.deepEqual(await close("planned work"), ["benign", 7]);
  assert.deepEqual(await close("benign", 3), ["benign", 3]);
  for (const reason of ["training or test", "wrong data", "duplicate"] as const)
    assert.equal(await close(reason), undefined);
  responder.observe(findingOf({ actors: ["user:eve"] }));
  await assert.rejects(close("duplicate", 3), { code: "request/invalid" });
  assert.equal(inbox.all().filter(({ state }) => state === "new").length, 1, "it stays open");
});

test("a closure whose entry cannot be written leaves no verdict behind", async () => {
  const store = new MemoryArchive();
  const { responder } = await testResponder(store);
  responder.observe(findingOf({ actors: ["user:eve"] }));
  const { id } = responder.inbox.all()[0]!;
  const { change: write } = store;
  store.change = async () => {
    throw new Error("disk is full");
  };
  await assert.rejects(responder.inbox.close(id, { reason: "benign" }, change));
  store.change = write;
  assert.deepEqual([responder.verdicts.all(), (await store.settings("verdicts")).size], [[], 0]);
});

test("beyond the thousand that the engine keeps of a clinic, the oldest verdict is taken back", async () => {
  const store = new MemoryArchive();
  const old = (i: number): Verdict & Record<string, unknown> => ({
    ...{ id: `v${i}`, actor: "a", verdict: "benign", detectors: ["burst"], reason: "benign", expires: 1e10 },
    ...{ tenant: i < 1_000 ? "default" : "north", alert: `v${i}`, by: "user:sam", at: i },
  });
  const changes = Array.from({ length: 1_001 }, (_, i) => old(i));
  await store.change(
    store.events[0]!,
    changes.map((value) => ({
      collection: "verdicts",
      key: `${value["tenant"] === "north" ? "north" : ""}/${value.id}`,
      value,
    })),
  );
  const { responder } = await testResponder(store);
  responder.observe(findingOf({ actors: ["user:eve"] }));
  await responder.inbox.close(responder.inbox.all()[0]!.id, { reason: "benign" }, change);
  assert.equal(responder.verdicts.all().length, 1_001);
  assert.deepEqual([responder.verdicts.get("v0"), responder.verdicts.get("v1")?.at], [undefined, 1]);
  assert.ok(responder.verdicts.get("v1000"), "that of another clinic stays");
});

test("planned work is stored as the engine reads it, is forgotten when it is over, and ends when it is called off", async () => {
  const store = new MemoryArchive();
  const { responder, clock } = await testResponder(store);
  const { plannedWorks } = responder;
  const work = {
    ...{
      tenant: "default",
      names: ["peer:OLDPACS", "user:vic"],
      hosts: ["192.0.2.0/24"],
      activities: ["create"] as const,
    },
    ...{ from: clock.now, until: clock.now + day, reason: "migration, ticket 12" },
  };
  const { id } = await plannedWorks.announce(work, change);
  const stored = (await store.settings("planned-work")).get(`/${id}`) as Record<string, unknown>;
  assert.deepEqual([stored["from"], stored["to"]], [clock.now / 1000, (clock.now + day) / 1000]);
  assert.deepEqual(stored["names"], ["OLDPACS", "user:vic"]);
  for (const wrong of [
    { until: clock.now },
    { until: clock.now + 32 * day },
    { from: clock.now + 2 * day },
    { names: [] },
    { hosts: [] },
    { activities: [] },
    { hosts: ["10.0.0.0/33"] },
  ])
    await assert.rejects(plannedWorks.announce({ ...work, ...wrong }, change), { code: "request/invalid" });
  await plannedWorks.end(id, change);
  await assert.rejects(plannedWorks.end(id, change), { code: "request/not-found" });
  await plannedWorks.announce(work, change);
  clock.now += day;
  await responder.sweep();
  assert.equal((await store.settings("planned-work")).size, 0);
});
