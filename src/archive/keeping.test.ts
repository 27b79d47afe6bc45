/** Keys are exchanged and nothing stored is rewritten; who holds which key file reads what. */
import assert from "node:assert/strict";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeObject } from "../../test/support/made-object.ts";
import type { AccessEvent } from "../core/index.ts";
import { type KeyFile, layoutOf, noteCopy, verifyArchive } from "../vault/index.ts";
import { openArchive } from "./archive.ts";
import { upgradeKeyFile } from "./keys.ts";
import type { OpenArchive } from "./open-archive.ts";
import type { RequestContext } from "./types.ts";

const root = await mkdtemp(join(tmpdir(), "holdfast-keeping-"));
after(() => rm(root, { recursive: true }));
const context: RequestContext = { actor: {}, src: {}, protocol: "internal", operation: "test" };
const event = (operation: string): AccessEvent => ({
  time: "2026-01-01T00:00:00.000Z",
  activity: "admin",
  status: "success",
  protocol: "internal",
  operation,
  actor: {},
  src_endpoint: {},
});

async function place() {
  const base = await mkdtemp(join(root, "a-"));
  return { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
}

async function put(archive: OpenArchive, tenant: string, file: Uint8Array): Promise<void> {
  const sink = archive.tenant(tenant).store(context, { form: "file" });
  await sink.write(file);
  assert.equal((await sink.end()).ok, true);
}

async function files(archive: OpenArchive, tenant: string): Promise<Buffer[]> {
  const of = archive.tenant(tenant);
  const found: Buffer[] = [];
  for (const ref of await of.resolve({})) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of of.open(ref).file()) chunks.push(chunk);
    found.push(Buffer.concat(chunks));
  }
  return found;
}

const keyFileOf = async (path: string): Promise<KeyFile> => JSON.parse(await readFile(path, "utf8"));

const made = (patient: string, instance: number) => makeObject({ patient, instance }).file;

async function vaultOf(dataFolder: string): Promise<Map<string, Buffer>> {
  const { vault } = layoutOf(dataFolder);
  const names = (await readdir(vault)).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(vault, name))] as const)));
}

test("clinics' keys and the root key are exchanged: all is read as before, no object is rewritten, old key files go on", async () => {
  const options = await place();
  const [a, b, c] = [made("A", 1), made("B", 2), made("A", 3)];
  const envelope = `${options.keyFile}.envelope`;
  {
    await using archive = await openArchive(options);
    await copyFile(options.keyFile, envelope);
    await put(archive, "default", a);
    await put(archive, "north", b);
    const before = await vaultOf(options.dataFolder);
    await archive.keeping.exchange(event("clinic"), { of: "clinic", tenant: "default" });
    await archive.keeping.exchange(event("root"), { of: "root" });
    await assert.rejects(archive.keeping.exchange(event("root"), { of: "root" }), { code: "request/conflict" });
    assert.equal((await archive.keeping.state()).settled, false);
    assert.deepEqual(Object.keys(await keyFileOf(options.keyFile)).includes("next"), true);
    await archive.keeping.settle();
    const state = await archive.keeping.state();
    assert.deepEqual(
      [state.root, state.settled, state.copyDue, state.clinics],
      [
        2,
        true,
        true,
        [
          { tenant: "default", generation: 2, patients: 1, behind: 0 },
          { tenant: "north", generation: 1, patients: 1, behind: 0 },
        ],
      ],
    );
    assert.deepEqual(await vaultOf(options.dataFolder), before);
    assert.deepEqual(await files(archive, "default"), [a]);
    await put(archive, "default", c);
    await assert.rejects(archive.keeping.exchange(event("clinic"), { of: "clinic", tenant: "south" }), {
      code: "request/not-found",
    });
  }
  const renewed = await keyFileOf(options.keyFile);
  assert.deepEqual([renewed.root?.generation, renewed.next], [2, undefined]);
  await noteCopy(options.keyFile, { generation: 2, time: 0, way: "backup" });
  for (const keyFile of [options.keyFile, envelope]) {
    await using archive = await openArchive({ ...options, keyFile });
    assert.deepEqual(await files(archive, "default"), [a, c]);
    assert.deepEqual(await files(archive, "north"), [b]);
    assert.equal((await archive.keeping.state()).copyDue, keyFile === envelope);
  }
  assert.deepEqual((await verifyArchive(options)).problems, []);
});

test("an exchange that broke off is gone on with: under way between two entries, or before the journal had it", async () => {
  const options = await place();
  {
    await using archive = await openArchive(options);
    for (let patient = 0; patient < 3; patient++) await put(archive, "default", made(`P${patient}`, patient));
  }
  // As a kill leaves it that comes after the key file and before the journal's entry.
  const file = await keyFileOf(options.keyFile);
  const left = { generation: 2, key: Buffer.alloc(32, 9).toString("base64") };
  await writeFile(options.keyFile, JSON.stringify({ ...file, next: left }));
  {
    await using archive = await openArchive(options);
    assert.equal((await archive.keeping.state()).root, 1);
    await put(archive, "south", made("S", 9)); // its clinic's key comes under the root in use
    await archive.keeping.exchange(event("root"), { of: "root" });
  }
  assert.deepEqual((await keyFileOf(options.keyFile)).next, left);
  await using archive = await openArchive(options);
  assert.equal((await archive.keeping.state()).settled, false);
  await archive.keeping.settle();
  assert.deepEqual((await keyFileOf(options.keyFile)).root, left);
  assert.equal((await files(archive, "default")).length, 3);
  assert.equal((await files(archive, "south")).length, 1);
});

test("a new key file does not open what only an older root key opens", async () => {
  const options = await place();
  await (await openArchive(options)).close();
  {
    await using archive = await openArchive(options);
    await put(archive, "default", made("A", 1));
  }
  const early = await readFile(options.keyFile);
  const { journal } = layoutOf(options.dataFolder);
  const name = (await readdir(journal)).find((each) => each.endsWith(".hfj"))!;
  const [entries, checkpoints] = [await readFile(join(journal, name)), await readFile(join(journal, "checkpoints"))];
  {
    await using archive = await openArchive(options);
    await archive.keeping.exchange(event("root"), { of: "root" });
    await archive.keeping.settle();
  }
  // The data as it was before, as from a replica: the new key file is of no use for it, the old one is.
  await writeFile(join(journal, name), entries);
  await writeFile(join(journal, "checkpoints"), checkpoints);
  await rm(join(options.dataFolder, "catalogue"), { recursive: true });
  {
    await using archive = await openArchive(options);
    await assert.rejects(files(archive, "default"), { code: "storage/key" });
  }
  await writeFile(options.keyFile, early);
  await using archive = await openArchive(options);
  assert.equal((await files(archive, "default")).length, 1);
});

test("an archive of format 1 gets a root key: what comes is under patients' keys, what was stays readable", async () => {
  const options = await place();
  await (await openArchive(options)).close();
  const { root: _, ...file } = await keyFileOf(options.keyFile);
  await writeFile(options.keyFile, JSON.stringify({ ...file, version: 1 }));
  const { manifest } = layoutOf(options.dataFolder);
  await writeFile(manifest, JSON.stringify({ ...JSON.parse(await readFile(manifest, "utf8")), format: 1 }));
  {
    await using archive = await openArchive(options);
    await put(archive, "default", made("A", 1));
    await assert.rejects(archive.keeping.exchange(event("root"), { of: "root" }), { code: "storage/key" });
    await assert.rejects(
      upgradeKeyFile(options.dataFolder, options.keyFile, async () => {}),
      { code: "storage/locked" },
    );
  }
  // When the copy cannot be made nothing is changed.
  const full = (): Promise<void> => Promise.reject(new Error("no room"));
  await assert.rejects(upgradeKeyFile(options.dataFolder, options.keyFile, full), /no room/);
  assert.equal((await keyFileOf(options.keyFile)).root, undefined);
  let copy: Buffer | undefined;
  await upgradeKeyFile(options.dataFolder, options.keyFile, async (bytes) => {
    copy = bytes;
  });
  assert.deepEqual(copy, await readFile(options.keyFile));
  {
    await using archive = await openArchive(options);
    await put(archive, "default", made("A", 2));
    await archive.keeping.exchange(event("clinic"), { of: "clinic", tenant: "default" });
    assert.deepEqual(await files(archive, "default"), [made("A", 1), made("A", 2)]);
  }
  assert.equal(JSON.parse(await readFile(manifest, "utf8")).format, 2);
  assert.deepEqual((await verifyArchive(options)).problems, []);
});
