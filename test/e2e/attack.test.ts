/** Two attacks with valid credentials and real clients, as `npm run bench:attack` makes many. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { prepare } from "../../bench/attack/prepare.ts";
import { digest, run } from "../../bench/attack/run.ts";
import { isDestructive, objectsAttacked, scenarioOf } from "../../bench/attack/scenario.ts";
import { need } from "../support/need.ts";
import { killServers } from "../support/server.ts";

after(killServers);

const seeds = { vendor: 10, physicist: 5 };

test("an attacker is contained after a few objects, and nobody else notices", {
  skip: need("storescu", "findscu", "getscu", "echoscu", "curl"),
}, async (t) => {
  const root = await mkdtemp(join(tmpdir(), "holdfast-attack-"));
  t.after(() => rm(root, { recursive: true }));
  const base = await prepare(root, 10);
  await digest(base);
  for (const [who, seed] of Object.entries(seeds)) {
    const scenario = scenarioOf(seed);
    assert.ok(scenario.who === who && isDestructive(scenario), "the seed means what it did");
    const { contained, touched, work, wrong, unreadable } = await run(base, seed, root, { before: 500 });
    assert.ok(contained, `${who} goes on`);
    assert.ok(touched > 0 && touched <= objectsAttacked / 2, `${touched} of ${objectsAttacked} objects`);
    assert.deepEqual({ failed: work.failed, wrong, unreadable }, { failed: [], wrong: [], unreadable: 0 });
    assert.ok(work.operations > 0);
  }
});
