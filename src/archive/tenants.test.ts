import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileBytes } from "../../test/support/objects.ts";
import { layoutOf, verifyArchive } from "../vault/index.ts";
import { type Archive, openArchive, type RequestContext } from "./index.ts";
import { rebuildCatalogue } from "./rebuild/index.ts";

const context: RequestContext = { actor: {}, src: {}, protocol: "internal", operation: "test", tenant: "south" };

async function folder(t: TestContext) {
  const base = await mkdtemp(join(tmpdir(), "holdfast-tenants-"));
  t.after(() => rm(base, { recursive: true }));
  return { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
}

async function store(archive: Archive, bytes: Uint8Array) {
  const sink = archive.store(context, { form: "file" });
  await sink.write(bytes);
  const outcome = await sink.end();
  return outcome.ok ? `${outcome.outcome} ${outcome.version}` : outcome.code;
}

async function bytesIn(archive: Archive, at?: number): Promise<Buffer | undefined> {
  const [ref] = await archive.resolve({ studyUid: ["2.25.1"], ...(at === undefined ? {} : { at }) });
  if (!ref) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive.open(ref).file()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const [first, second] = [fileBytes({ pixels: Buffer.alloc(64, 1) }), fileBytes({ pixels: Buffer.alloc(64, 2) })];
const studies = { level: "study" as const, keys: {} };

test("the same UIDs in two clinics are two objects: versions, deletions and the past are each clinic's own", async (t) => {
  const options = await folder(t);
  let between = 0;
  {
    await using archive = await openArchive(options);
    const [north, south, main] = [archive.tenant("north"), archive.tenant("south"), archive.tenant("default")];
    assert.equal(await store(north, first), "created 1");
    assert.deepEqual((await south.query(context, studies)).matches, []);
    await assert.rejects(south.delete(context, { studyUid: ["2.25.1"] }), { code: "request/not-found" });
    assert.deepEqual(await Promise.all([store(south, second), store(north, first)]), ["created 1", "duplicate 1"]);
    await setTimeout(5);
    between = Date.now();
    await setTimeout(5);
    await south.delete(context, { studyUid: ["2.25.1"] });
    assert.equal(await bytesIn(main), undefined);
    assert.equal((await archive.statistics()).instances, 0);
    assert.equal((await north.statistics()).instances, 1);
    assert.equal((await north.versions("2.25.1.1.1")).length, 1);
  }
  const check = async (): Promise<void> => {
    await using archive = await openArchive(options);
    const [north, south] = [archive.tenant("north"), archive.tenant("south")];
    assert.ok((await bytesIn(north))?.equals(first));
    assert.equal(await bytesIn(south), undefined);
    assert.ok((await bytesIn(south, between))?.equals(second));
    assert.equal((await north.query(context, studies)).matches.length, 1);
    assert.equal((await south.query(context, { ...studies, at: between })).matches.length, 1);
    assert.equal(await bytesIn(archive, between), undefined);
  };
  await check();
  const { entries } = await verifyArchive(options);
  const report = await rebuildCatalogue({ ...options, entries, now: Date.now });
  assert.equal(report.before, "same");
  await check();
  await rm(join(layoutOf(options.dataFolder).catalogue, ".."), { recursive: true });
  await check();
  await rm(`${layoutOf(options.dataFolder).catalogue}@north`);
  await check();
});
