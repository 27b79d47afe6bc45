/** A real S3 under Object Lock: against who holds the archive's own credentials, and behind a line that lies. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CreateBucketCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { openArchive } from "../../src/archive/index.ts";
import { openKeyFile } from "../../src/vault/index.ts";
import { locks, renewLocks, S3Target } from "../../src/vault/replica/index.ts";
import { type CephStore, cephPrograms, startCeph } from "../support/ceph.ts";
import { lies, lyingStore } from "../support/lying-s3.ts";
import { need } from "../support/need.ts";
import { attackBucket } from "./bucket-attack.ts";
import { seeded } from "./crash.ts";
import { folder, holds, replicator, restore, store } from "./replicated.ts";

const day = 86_400_000; // ms
const retentionDays = 30;

/** The archive holds the first of what was stored, whole, and no fewer than that. */
async function holdsSome(into: string, stored: number[], least: number): Promise<void> {
  const archive = await openArchive({ dataFolder: join(into, "data"), keyFile: join(into, "key.json") });
  const { length } = await archive.resolve({});
  await archive.close();
  assert.ok(length >= least, `${length} of ${least} promised`);
  await holds(into, ...stored.slice(0, length));
}

describe("S3 under Object Lock", { skip: need(...cephPrograms) }, () => {
  let ceph: CephStore;
  before(async () => {
    ceph = await startCeph();
  });
  after(() => ceph?.[Symbol.asyncDispose]());

  const reached = (bucket: string, endpoint = ceph.endpoint, now = Date.now) =>
    new S3Target({ bucket, prefix: "a/b", endpoint, credentials: ceph.credentials, retentionDays, now });

  test("with the archive's own credentials an attacker destroys nothing", async (t) => {
    await ceph.bucket("clinic");
    const [home, target] = [await folder(), reached("clinic")];
    t.after(() => target.close());
    await store(home, 1, 2);
    await (await replicator(home, target)).round();
    assert.deepEqual(await target.probe(), []);
    const { refused, allowed } = await attackBucket(ceph, "clinic");
    assert.ok(refused > 20, `${refused} refused, ${allowed}`);
    await rm(join(home, "data"), { recursive: true });
    const into = await folder();
    await restore(home, target, into);
    await holds(into, 1, 2);
    await store(into, 3);
    await (await replicator(into, target)).round();
    const last = await folder();
    await restore(home, target, last);
    await holds(last, 1, 2, 3);
  });

  test("the disk is wiped in the middle of a round: all before the last point comes back", async (t) => {
    for (let after = 1; ; after++) {
      const bucket = `wiped${after}`;
      await ceph.bucket(bucket);
      const [home, target] = [await folder(), reached(bucket)];
      t.after(() => target.close());
      await store(home, 1, 2);
      const copying = await replicator(home, target);
      await copying.round();
      await store(home, 3);
      let pieces = 0;
      const wiping = {
        place: target.place,
        list: (prefix: string) => target.list(prefix),
        read: target.read.bind(target),
        close: () => {},
        async add(name: string, bytes: Buffer) {
          await target.add(name, bytes);
          if (++pieces === after) await rm(join(home, "data"), { recursive: true });
        },
      };
      const whole = await (await replicator(home, wiping)).round().then(
        () => true,
        () => false,
      );
      await rm(join(home, "data"), { recursive: true, force: true });
      if (after === 2) await attackBucket(ceph, bucket);
      const into = await folder();
      await restore(home, target, into);
      await holds(into, ...(whole ? [1, 2, 3] : [1, 2]));
      if (whole) return;
    }
  });

  test("a bucket without lock takes nothing", async (t) => {
    const plain = ceph.client();
    await plain.send(new CreateBucketCommand({ Bucket: "plain" }));
    plain.destroy();
    const [home, target] = [await folder(), reached("plain")];
    t.after(() => target.close());
    await store(home, 1);
    await assert.rejects((await replicator(home, target)).round());
  });

  test("locks are renewed when a quarter of their time is over, and not before", async (t) => {
    await ceph.bucket("renewed");
    const [home, target] = [await folder(), reached("renewed")];
    t.after(() => target.close());
    await store(home, 1);
    const { archive, keyring } = await openKeyFile(join(home, "key.json"), randomBytes);
    const earlier = reached("renewed", ceph.endpoint, () => Date.now() - 9 * day);
    await (await replicator(home, earlier)).round();
    earlier.close();
    assert.ok(locks(target));
    const options = { target, archive, keyring, retention: retentionDays * day };
    assert.equal(await renewLocks({ ...options, now: () => Date.now() - 2 * day }), 0);
    const now = Date.now();
    assert.ok((await renewLocks({ ...options, now: () => now })) > 3);
    const client = ceph.client();
    const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: "renewed" }));
    client.destroy();
    assert.ok(Versions.length > 3);
    for (const { Key, VersionId, Size } of Versions) {
      const until = await target.lockedUntil({ name: Key!.slice(4), version: VersionId!, size: Size! });
      assert.ok(until >= now + retentionDays * day - 1_000, `${Key} is locked until ${new Date(until).toISOString()}`);
    }
    assert.equal(await renewLocks({ ...options, now: () => now }), 0);
    const stopped = { ...options, now: () => now + 10 * day, stopped: () => true };
    assert.equal(await renewLocks(stopped), 0);
    assert.ok((await renewLocks({ ...options, now: () => now + 10 * day })) > 3, "a pass that broke off is still due");
  });

  test("behind a line that lies nothing half-done is taken for done, and in the end all is there", async (t) => {
    const seed = Math.floor(Math.random() * 1e6);
    t.diagnostic(`seed ${seed}`);
    const random = seeded(seed);
    await ceph.bucket("doubtful");
    using line = await lyingStore(ceph.endpoint);
    const [home, doubtful, target] = [await folder(), reached("doubtful", line.endpoint), reached("doubtful")];
    t.after(() => doubtful.close());
    t.after(() => target.close());
    const stored = [1];
    await store(home, 1);
    const copying = await replicator(home, doubtful);
    let promised = 0;
    for (let instance = 2; instance <= 6; instance++) {
      await store(home, instance);
      stored.push(instance);
      for (let round = 0; round < 3; round++) {
        line.lie = () => (random() < 0.35 ? lies[Math.floor(random() * lies.length)] : undefined);
        const done = await copying.round().then(
          () => true,
          () => false,
        );
        line.lie = () => undefined;
        if (done) promised = instance;
      }
      if (promised === 0) continue;
      const into = await folder();
      await restore(home, target, into);
      await holdsSome(into, stored, promised);
    }
    await copying.round();
    for (let tries = 0; tries < 12; tries++) {
      line.lie = () => (random() < 0.2 ? lies[Math.floor(random() * lies.length)] : undefined);
      const into = await folder();
      const done = await restore(home, doubtful, into).then(
        () => true,
        () => false,
      );
      line.lie = () => undefined;
      if (done) await holdsSome(into, stored, 1);
    }
    assert.ok(line.told.size > 6, `${[...line.told.keys()]}`);
    const last = await folder();
    await restore(home, target, last);
    await holds(last, ...stored);
  });
});
