/** What a replica still needs of segments that its archive has given back: nothing. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openArchive } from "../../src/archive/index.ts";
import { collectedIn, layoutOf, openKeyFile } from "../../src/vault/index.ts";
import { FolderTarget, renewLocks, type Stored } from "../../src/vault/replica/index.ts";
import { administered } from "../support/administered.ts";
import { makeObject } from "../support/made-object.ts";
import { context, folder, holds, replicator, restore, store } from "./replicated.ts";

test("locks of what was collected lapse, a restore does without it, and one from before says what is gone", async () => {
  const [home, replica] = [await folder(), await folder()];
  const target = new FolderTarget(replica);
  await store(home, 1);
  await store(home, 2);
  await (await replicator(home, target)).round();
  const { point: before } = await restore(home, target, await folder());
  const options = { dataFolder: join(home, "data"), keyFile: join(home, "key.json"), retentionDays: 0 };
  {
    await using archive = await openArchive(options);
    await archive.delete(context, { sopInstanceUid: [makeObject({ instance: 1 }).sopInstanceUid] });
  }
  {
    await using archive = await openArchive(options);
    assert.deepEqual((await archive.collecting.collect(administered)).segments, [1]);
  }
  await (await replicator(home, target)).round();

  const { archive, keyring } = await openKeyFile(options.keyFile, randomBytes);
  const extended: string[] = [];
  const locking = Object.assign(new FolderTarget(replica), {
    lockedUntil: async () => 0,
    extend: async ({ name }: Stored) => void extended.push(name),
  });
  await renewLocks({
    ...{ target: locking, archive, keyring, retention: 1_000, now: Date.now },
    collected: () => collectedIn(layoutOf(options.dataFolder).journal, archive, keyring),
  });
  const vault = join(replica, archive, "vault");
  assert.deepEqual((await readdir(vault)).sort(), ["00000001.hfs", "00000002.hfs"]);
  assert.equal(extended.filter((name) => name.includes("00000001.hfs")).length, 0);
  assert.ok(extended.some((name) => name.includes("00000002.hfs")));
  assert.ok(extended.some((name) => name.includes("/journal/")));
  assert.match(extended.at(-1)!, /points\/0+$/);

  await rm(join(vault, "00000001.hfs"), { recursive: true }); // as a lifecycle rule does
  const into = await folder();
  await restore(home, target, into);
  await holds(into, 2);
  await assert.rejects(restore(home, target, await folder(), before.time), { code: "replica/damaged" });
});
