/** A mirror whose origin has exchanged its root key, and given back storage before the mirror came to it. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { openArchive } from "../../src/archive/archive.ts";
import { Following } from "../../src/archive/mirror/following.ts";
import type { MirrorProgress } from "../../src/archive/mirror/protocol.ts";
import type { OpenArchive } from "../../src/archive/open-archive.ts";
import type { RequestContext } from "../../src/archive/types.ts";
import { openOrRebuild } from "../../src/archive/writer/open.ts";
import { systemClock } from "../../src/core/index.ts";
import { local, type Principal } from "../../src/gate/index.ts";
import { createHttpServer } from "../../src/http/index.ts";
import {
  KeyStore,
  layoutOf,
  openKeyFile,
  originOf,
  Remote,
  verifierKey,
  verifyArchive,
} from "../../src/vault/index.ts";
import { administered } from "../support/administered.ts";
import { openGate } from "../support/gate.ts";
import { makeObject } from "../support/made-object.ts";

const context: RequestContext = { actor: {}, src: {}, protocol: "internal", operation: "test" };
const asMirror: Principal = { ...local(), roles: ["mirror"], method: "certificate" };

async function put(archive: OpenArchive, patient: string, instance: number): Promise<string> {
  const { file, studyUid } = makeObject({ patient, study: instance, instance });
  const sink = archive.store(context, { form: "file" });
  await sink.write(file);
  assert.ok((await sink.end()).ok);
  return studyUid;
}

/** Follows until it is level with the origin, or fails. */
async function follow(url: string, base: string): Promise<MirrorProgress> {
  const keyFile = join(base, "mirror.key.json");
  const { archive, keyring } = await openKeyFile(keyFile, randomBytes);
  const layout = layoutOf(join(base, "mirror"));
  await mkdir(dirname(layout.catalogue), { recursive: true });
  const remote = new Remote({ url, idle: 5_000 });
  let last: MirrorProgress | undefined;
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const following = new Following({
    layout,
    archive,
    keyring,
    keyStore: new KeyStore(keyFile, randomBytes),
    verifier: verifierKey(originOf(archive), keyring.publicKey),
    remote,
    openCatalogue: () => openOrRebuild(layout.catalogue),
    now: systemClock,
    told: (progress) => {
      last = progress;
      if (progress.failures > 0 || progress.level !== undefined) stop();
    },
  });
  await following.open();
  await following.run(stopped, (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  return last!;
}

async function site(t: TestContext) {
  const base = await mkdtemp(join(tmpdir(), "holdfast-mirror-keeping-"));
  t.after(() => rm(base, { recursive: true }));
  const options = { dataFolder: join(base, "data"), keyFile: join(base, "key.json"), retentionDays: 0 };
  const run = async <T>(act: (archive: OpenArchive) => Promise<T>): Promise<T> => {
    await using archive = await openArchive(options);
    return await act(archive);
  };
  /** The origin serves while the mirror follows. */
  const followed = (): Promise<MirrorProgress> =>
    run(async (archive) => {
      const gate = await openGate(archive, { operator: asMirror });
      const log = { error() {}, warn() {} };
      const status = () => ({ version: "0", startedAt: 0 });
      const server = await createHttpServer({ archive, gate, mirrored: options.dataFolder, log, status });
      await server.listen({ host: "127.0.0.1", port: 0 });
      try {
        return await follow(`http://127.0.0.1:${(server.server.address() as AddressInfo).port}`, base);
      } finally {
        await server.close();
      }
    });
  return { base, options, run, followed, mirrorKey: join(base, "mirror.key.json") };
}

test("a mirror that comes late passes over what was collected, and takes nothing missing on the origin's word alone", async (t) => {
  const { base, options, run, followed, mirrorKey } = await site(t);
  const study = await run((archive) => put(archive, "A", 1));
  await run((archive) => put(archive, "B", 2));
  await run(async (archive) => {
    await archive.delete(context, { studyUid: [study] });
    // A batch of the mirror's ends with a checkpoint after some thousand entries: it comes to the objects first.
    for (let count = 0; count < 2_500; count++) archive.record({ ...administered, operation: `access ${count}` });
    await archive.flush();
  });
  await run(async (archive) => {
    assert.deepEqual((await archive.collecting.collect(administered)).segments, [1]);
  });
  await copyFile(options.keyFile, mirrorKey);
  const reached = await followed();
  assert.deepEqual([reached.failures, reached.code, reached.entries > 2_500], [0, undefined, true]);
  const mirror = { dataFolder: join(base, "mirror"), keyFile: mirrorKey };
  const verified = await verifyArchive(mirror);
  assert.deepEqual([verified.problems, verified.collected], [[], 1]);

  // The same from an origin that says so of a segment which its journal has not collected.
  await rm(mirror.dataFolder, { recursive: true });
  const { vault } = layoutOf(options.dataFolder);
  await writeFile(join(vault, "collected"), "[1,2]");
  await rm(join(vault, "00000002.hfs"));
  const refused = await followed();
  assert.deepEqual([refused.failures, refused.code], [1, "mirror/damaged"]);
});

test("a mirror's key file follows the exchange of the root key, and an erasure", async (t) => {
  const { base, options, run, followed, mirrorKey } = await site(t);
  await run((archive) => put(archive, "A", 1));
  await copyFile(options.keyFile, mirrorKey);
  assert.equal((await followed()).failures, 0);
  await run(async (archive) => {
    await archive.keeping.exchange(administered, { of: "clinic", tenant: "default" });
    await archive.keeping.exchange(administered, { of: "root" });
    await archive.keeping.settle();
    await put(archive, "B", 2);
  });
  assert.equal((await followed()).failures, 0);
  assert.deepEqual(JSON.parse(await readFile(mirrorKey, "utf8")), JSON.parse(await readFile(options.keyFile, "utf8")));
  assert.equal((await readdir(join(base, "mirror", "vault"))).length, 2);
  const mirror = { dataFolder: join(base, "mirror"), keyFile: mirrorKey };
  const verified = await verifyArchive(mirror);
  assert.deepEqual([verified.problems, verified.objects, verified.erased], [[], 2, 0]);
  await run(async (archive) => {
    await archive.keeping.exchange(administered, { of: "patient", tenant: "default", patientId: "A" });
    await archive.keeping.settle();
  });
  assert.equal((await followed()).failures, 0);
  assert.equal(JSON.parse(await readFile(mirrorKey, "utf8")).root.generation, 3);
  const erased = await verifyArchive(mirror);
  assert.deepEqual([erased.problems, erased.erased], [[], 1]);
});

test("a mirror keeps what its origin gives back after it was taken, goes on, and its copy verifies", async (t) => {
  const { base, options, run, followed, mirrorKey } = await site(t);
  const study = await run((archive) => put(archive, "A", 1));
  await copyFile(options.keyFile, mirrorKey);
  assert.equal((await followed()).failures, 0);
  await run((archive) => archive.delete(context, { studyUid: [study] }));
  await run(async (archive) => {
    assert.deepEqual((await archive.collecting.collect(administered)).segments, [1]);
  });
  await run((archive) => put(archive, "B", 2));
  const reached = await followed();
  assert.deepEqual([reached.failures, reached.code], [0, undefined]);
  const segments = async (folder: string) =>
    (await readdir(layoutOf(folder).vault)).filter((name) => name.endsWith(".hfs"));
  const mirror = { dataFolder: join(base, "mirror"), keyFile: mirrorKey };
  assert.equal((await segments(options.dataFolder)).includes("00000001.hfs"), false);
  assert.equal((await segments(mirror.dataFolder)).includes("00000001.hfs"), true);
  assert.equal((await segments(mirror.dataFolder)).length, 2);
  const verified = await verifyArchive(mirror);
  assert.deepEqual([verified.problems, verified.collected], [[], 1]);
});
