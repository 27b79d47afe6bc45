import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryArchive } from "../http/testing/memory-archive.ts";
import { type CopyState, CopyWatch } from "./index.ts";
import { person, testResponder } from "./testing/responder.ts";

const copy = (more: Partial<CopyState> = {}): CopyState => ({
  ...{ name: "replica 0", lag: 5, mostLag: 900, lockBroken: [] },
  ...more,
});

async function start() {
  const { responder, clock, contained } = await testResponder(new MemoryArchive());
  const watch = new CopyWatch({ responder, self: person("response").by, now: () => clock.now });
  return { inbox: responder.inbox, watch, contained };
}

test("a copy that is behind is one alert, contains nobody, and its end is told in it", async () => {
  const { inbox, watch, contained } = await start();
  await watch.look([copy({ lag: 900 })]);
  assert.deepEqual(inbox.all(), []);
  for (const lag of [901, 1_000]) await watch.look([copy({ lag })]);
  const [alert, ...others] = inbox.all();
  assert.deepEqual([others, contained], [[], []]);
  assert.match(alert!.reasons[0]!.text, /^replica 0 has not held everything for 15 minutes/);
  await watch.look([copy()]);
  assert.equal(inbox.get(alert!.id)!.comments.length, 1);
  await inbox.close(alert!.id, { reason: "true positive" }, person("anna"));
  await watch.look([copy({ lag: 2_000 })]);
  assert.equal(inbox.all().filter(({ state }) => state === "new").length, 1, "again behind is another alert");
});

test("each copy and each trouble is told by itself; what a kill interrupted is not told twice", async () => {
  const { inbox, watch } = await start();
  const broken = copy({ name: "replica 1", lockBroken: ["delete"] });
  await watch.look([copy({ lag: 1_000 }), broken]);
  assert.equal(inbox.all().length, 2);
  assert.equal(inbox.all().find(({ technique }) => technique === "T1490")!.risk > 0.9, true);
  const again = new CopyWatch({ responder: { inbox }, self: person("response").by, now: () => 0 });
  await again.look([copy({ lag: 1_000 }), broken]);
  assert.equal(inbox.all().length, 2);
});
