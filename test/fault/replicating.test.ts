/** Each sync of a round of replication fails once, and it is killed as it gives each name: nothing half-done is done. */
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { FolderTarget } from "../../src/vault/replica/index.ts";
import { need } from "../support/need.ts";
import { folder, holds, replicator, restore, store } from "./replicated.ts";
import { roundUnder } from "./replicating.ts";

const faults: [call: string, how: string][] = [
  ["fdatasync,fsync", "error=EIO"],
  ["fdatasync,fsync", "signal=SIGKILL"],
  ["rename", "error=ENOSPC"],
  ["rename", "signal=SIGKILL"],
];

describe("each system call fails once", { skip: need("strace") }, () => {
  let home = "";
  let replica = "";
  before(async () => {
    [home, replica] = [await folder(), await folder()];
    await store(home, 1, 2);
    await (await replicator(home, new FolderTarget(replica))).round();
    await store(home, 3);
  });

  for (const [call, how] of faults)
    test(`round: ${call} ${how}`, async () => {
      let met = 0;
      for (let which = 1; ; which++) {
        const copy = join(await folder(), "replica");
        await cp(replica, copy, { recursive: true });
        const said = roundUnder(home, copy, { call, how, which });
        const into = await folder();
        const { point } = await restore(home, new FolderTarget(copy), into);
        if (said === "done") assert.equal(point.number, 1, "what is said to be there is there");
        await holds(into, ...(point.number === 1 ? [1, 2, 3] : [1, 2]));
        await (await replicator(home, new FolderTarget(copy))).round();
        const last = await folder();
        await restore(home, new FolderTarget(copy), last);
        await holds(last, 1, 2, 3);
        if (said === "done") break;
        met++;
      }
      assert.ok(met > 2, `only ${met} calls were met with`);
    });
});
