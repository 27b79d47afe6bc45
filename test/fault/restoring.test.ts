/** Each sync, write and rename of a restore fails once, or is its last: half an archive is none, and it goes on. */
import assert from "node:assert/strict";
import { access, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { FolderTarget } from "../../src/vault/replica/index.ts";
import { need } from "../support/need.ts";
import { folder, holds, replicator, restore, store } from "./replicated.ts";
import { restoreUnder } from "./restoring.ts";

const faults: [call: string, how: string, least: number][] = [
  ["fdatasync,fsync", "error=EIO", 4],
  ["fdatasync,fsync", "signal=SIGKILL", 4],
  ["pwrite64", "error=ENOSPC", 2],
  ["pwrite64", "signal=SIGKILL", 2],
  ["rename", "error=EIO", 1],
  ["rename", "signal=SIGKILL", 1],
];

describe("each system call fails once", { skip: need("strace") }, () => {
  let home = "";
  let replica = "";
  before(async () => {
    [home, replica] = [await folder(), await folder()];
    await store(home, 1, 2);
    await store(home, 3);
    await (await replicator(home, new FolderTarget(replica))).round();
  });

  for (const [call, how, least] of faults)
    test(`restore: ${call} ${how}`, async () => {
      let met = 0;
      for (let which = 1; ; which++) {
        const into = await folder();
        await copyFile(join(home, "key.json"), join(into, "key.json"));
        const said = restoreUnder(replica, into, { call, how, which });
        const isArchive = await access(join(into, "data", "holdfast.json")).then(
          () => true,
          () => false,
        );
        assert.ok(isArchive || said !== "done", "what is said to be done is an archive");
        if (!isArchive) await restore(home, new FolderTarget(replica), into);
        await holds(into, 1, 2, 3);
        if (said === "done") break;
        met++;
      }
      assert.ok(met >= least, `only ${met} calls were met with`);
    });
});
