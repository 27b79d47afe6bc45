/** The replica against who wants it gone: every object acknowledged before the recovery point comes back, byte for byte. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFile, copyFile, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openArchive } from "../../src/archive/index.ts";
import { layoutOf, openKeyFile, readManifest } from "../../src/vault/index.ts";
import { FolderTarget, type ReplicaTarget } from "../../src/vault/replica/index.ts";
import { digestOf, encodePoint, type RecoveryPoint } from "../../src/vault/replica/point.ts";
import { planRestore } from "../../src/vault/replica/restore/plan.ts";
import { surveyJournal } from "../../src/vault/replica/restore/survey.ts";
import { makeObject } from "../support/made-object.ts";
import { context, folder, holds, replicator, restore, store } from "./replicated.ts";

async function filesIn(path: string): Promise<string[]> {
  const all = await readdir(path, { recursive: true, withFileTypes: true });
  return all.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
}

test("a folder: rounds add only what is new, and the archive comes back as of each point", async () => {
  const [home, replica] = [await folder(), await folder()];
  const target = new FolderTarget(replica);
  await store(home, 1, 2);
  const copying = await replicator(home, target);
  assert.ok((await copying.round()).bytes > 0);
  assert.deepEqual(await copying.round(), { bytes: 0 });
  const early = copying.point!.time;
  while (Date.now() <= early) await new Promise((resolve) => setTimeout(resolve, 1));
  await store(home, 3);
  await (await replicator(home, target)).round();
  const points = (await filesIn(replica)).filter((path) => path.includes("/points/"));
  assert.equal(points.length, 2);
  await rm(join(home, "data"), { recursive: true });
  const [now, then] = [await folder(), await folder()];
  await restore(home, target, now);
  await holds(now, 1, 2, 3);
  await restore(home, target, then, early);
  await holds(then, 1, 2);
  await store(now, 4);
  assert.ok((await (await replicator(now, target)).round()).bytes > 0, "the restored archive goes on");
  await store(then, 5);
  await assert.rejects((await replicator(then, target)).round(), { code: "replica/fork" });
  await assert.rejects(restore(home, target, await folder(), 0), { code: "replica/none" });
});

test("patients with recent plans come first", async () => {
  const [home, replica] = [await folder(), await folder()];
  const sopClassUid = "1.2.840.10008.5.1.4.1.1.481.5";
  const runs = [
    { patient: "A" },
    { patient: "B", instance: 2 },
    { patient: "B", instance: 3, sopClassUid },
    { patient: "C", instance: 4 },
  ];
  for (const plan of runs) {
    await using archive = await openArchive({ dataFolder: join(home, "data"), keyFile: join(home, "key.json") });
    const sink = archive.store(context, { form: "file" });
    await sink.write(makeObject(plan).file);
    assert.equal((await sink.end()).ok, true);
  }
  const target = new FolderTarget(replica);
  await (await replicator(home, target)).round();
  const { archive, keyring } = await openKeyFile(join(home, "key.json"), randomBytes);
  const { vault, arrivals } = await planRestore(target, archive, keyring);
  const { order } = await surveyJournal(layoutOf(join(home, "data")).journal, archive, keyring, arrivals);
  const paths = [...order].map((index) => vault[index]!.path);
  assert.deepEqual(paths, ["vault/00000003.hfs", "vault/00000002.hfs"]);
});

test("whatever is altered or missing is named and never restored; an interrupted restore goes on", async () => {
  const [home, replica] = [await folder(), await folder()];
  const target = new FolderTarget(replica);
  await store(home, 1, 2, 3);
  await (await replicator(home, target)).round();
  for (const path of (await filesIn(replica)).filter((each) => !each.includes("/points/"))) {
    const bytes = await readFile(path);
    const into = await folder();
    await rm(path);
    await assert.rejects(restore(home, target, into), { code: "replica/damaged" });
    await writeFile(path, Buffer.from(bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte))));
    await assert.rejects(restore(home, target, into), { code: "replica/damaged" });
    await truncate(path, bytes.length - 1);
    await assert.rejects(restore(home, target, into), { code: "replica/damaged" });
    assert.equal(await readManifest(layoutOf(join(into, "data")).manifest), undefined, "half an archive is none");
    await writeFile(path, bytes);
    await restore(home, target, into);
    await holds(into, 1, 2, 3);
  }
  const into = await folder();
  await restore(home, target, into);
  await rm(join(into, "data", "holdfast.json"));
  const again = await restore(home, target, into);
  assert.equal(again.kept, again.bytes);
});

test("a point that another key signed, or that leaves one out, does not count", async () => {
  const [home, stranger, replica] = [await folder(), await folder(), await folder()];
  const target = new FolderTarget(replica);
  await store(home, 1);
  await (await replicator(home, target)).round();
  await store(stranger, 2);
  await (await replicator(stranger, target)).round();
  const points = (await filesIn(replica)).filter((path) => path.includes("/points/"));
  assert.equal(points.length, 2);
  const { archive } = await openKeyFile(join(home, "key.json"), randomBytes);
  const [own, theirs] = [
    points.find((path) => path.includes(archive))!,
    points.find((path) => !path.includes(archive))!,
  ];
  await copyFile(own, own.replace(/0$/, "5"));
  await copyFile(theirs, own.replace(/0$/, "1"));
  const into = await folder();
  assert.equal((await restore(home, target, into)).point.number, 0);
  const bytes = await readFile(own);
  const next = { ...JSON.parse(bytes.subarray(64).toString("utf8")), number: 1, pieces: [] } as RecoveryPoint;
  const keyring = async (of: string) => (await openKeyFile(join(of, "key.json"), randomBytes)).keyring;
  const forged = encodePoint({ ...next, previous: digestOf(bytes) }, await keyring(stranger));
  for (const point of [forged, encodePoint({ ...next, previous: "00" }, await keyring(home))]) {
    await writeFile(own.replace(/0$/, "1"), point);
    assert.equal((await restore(home, target, await folder())).point.number, 0);
  }
  await holds(into, 1);
});

test("what a broken write left of a checkpoint, and another follows later, is not replicated", async () => {
  const [home, replica] = [await folder(), await folder()];
  const target = new FolderTarget(replica);
  await store(home, 1);
  const { checkpoints } = layoutOf(join(home, "data"));
  await appendFile(checkpoints, (await readFile(checkpoints)).subarray(0, 60));
  await (await replicator(home, target)).round();
  await store(home, 2);
  await (await replicator(home, target)).round();
  const into = await folder();
  await restore(home, target, into);
  await holds(into, 1, 2);
});

test("a round that breaks anywhere states no point, and the next makes it whole", async () => {
  const [home, replica] = [await folder(), await folder()];
  await store(home, 1, 2);
  const whole = new FolderTarget(replica);
  for (let broken = 0; ; broken++) {
    let adds = 0;
    const target: ReplicaTarget = {
      place: "",
      list: (prefix) => whole.list(prefix),
      read: (stored) => whole.read(stored),
      close: () => {},
      async add(name, bytes) {
        if (adds++ === broken) throw Object.assign(new Error("connection lost"), { code: "ECONNRESET" });
        await whole.add(name, bytes);
      },
    };
    const round = (await replicator(home, target)).round();
    if (
      await round.then(
        () => true,
        () => false,
      )
    )
      break;
    await assert.rejects(restore(home, whole, await folder()), { code: "replica/none" });
  }
  const into = await folder();
  await restore(home, whole, into);
  await holds(into, 1, 2);
});
