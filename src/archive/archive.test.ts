import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { dataSetBytes, fileBytes, type ObjectFields } from "../../test/support/objects.ts";
import { explicitLittleEndian } from "../dicom/index.ts";
import { layoutOf, readJournal, readKeyring, readManifest, verifyArchive } from "../vault/index.ts";
import { type ArchiveOptions, type OpenArchive, openArchive, type RequestContext, type StoreOutcome } from "./index.ts";

const context: RequestContext = {
  actor: { app: "TEST" },
  src: { ip: "127.0.0.1" },
  protocol: "internal",
  operation: "C-STORE",
};

async function folder(t: TestContext): Promise<ArchiveOptions & { keyFile: string }> {
  const base = await mkdtemp(join(tmpdir(), "holdfast-archive-"));
  t.after(() => rm(base, { recursive: true }));
  return { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
}

async function opened(t: TestContext, options?: ArchiveOptions): Promise<OpenArchive> {
  const archive = await openArchive(options ?? (await folder(t)));
  t.after(() => archive.close());
  return archive;
}

async function storeFile(archive: OpenArchive, bytes: Uint8Array, chunk = bytes.length): Promise<StoreOutcome> {
  const sink = archive.store({ ...context, operation: "STOW-RS" }, { form: "file" });
  for (let at = 0; at < bytes.length; at += chunk) await sink.write(bytes.subarray(at, at + chunk));
  return sink.end();
}

async function storeDataSet(archive: OpenArchive, fields: ObjectFields = {}): Promise<StoreOutcome> {
  const hint = {
    form: "dataset" as const,
    transferSyntaxUid: explicitLittleEndian,
    sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
    sopInstanceUid: fields.instance ?? "2.25.1.1.1",
  };
  const sink = archive.store(context, hint);
  await sink.write(dataSetBytes(fields));
  return sink.end();
}

async function bytesOf(archive: OpenArchive, sopInstanceUid: string, version?: number): Promise<Buffer> {
  const [ref] = await archive.resolve({ sopInstanceUid: [sopInstanceUid], ...(version ? { version } : {}) });
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive.open(ref!).file()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("a file comes back byte for byte, whatever its size and chunking", async (t) => {
  const archive = await opened(t);
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(2, 1_000, 300_000, 6_000_000),
      fc.integer({ min: 1_000, max: 400_000 }),
      async (size, chunk) => {
        const instance = `2.25.7.${++count}`;
        const bytes = fileBytes({ instance, pixels: randomBytes(size) });
        const outcome = await storeFile(archive, bytes, chunk);
        assert.deepEqual({ ok: outcome.ok, outcome: outcome.ok && outcome.outcome }, { ok: true, outcome: "created" });
        assert.ok((await bytesOf(archive, instance)).equals(bytes));
      },
    ),
    { numRuns: 12 },
  );
});

test("the same bytes again are a duplicate, other bytes a new version, and the old one stays", async (t) => {
  const archive = await opened(t);
  const first = fileBytes({ pixels: Buffer.from("aaaa") });
  const second = fileBytes({ pixels: Buffer.from("bbbb") });
  const outcomes = [];
  for (const bytes of [first, first, second, first]) outcomes.push(await storeFile(archive, bytes));
  assert.deepEqual(
    outcomes.map((outcome) => outcome.ok && `${outcome.outcome} ${outcome.version}`),
    ["created 1", "duplicate 1", "updated 2", "updated 3"],
  );
  assert.ok((await bytesOf(archive, "2.25.1.1.1")).equals(first));
  assert.ok((await bytesOf(archive, "2.25.1.1.1", 2)).equals(second));
  assert.equal((await archive.versions("2.25.1.1.1")).length, 3);
});

test("a data set sent over DIMSE that a file brought before is a duplicate", async (t) => {
  const archive = await opened(t);
  await storeFile(archive, fileBytes());
  const outcome = await storeDataSet(archive);
  assert.equal(outcome.ok && outcome.outcome, "duplicate");
});

test("a tombstone carries its retention lock into the journal", async (t) => {
  const options = { ...(await folder(t)), now: () => Date.UTC(2026, 0, 1), retentionDays: 10 };
  const archive = await openArchive(options);
  await storeFile(archive, fileBytes());
  await archive.delete(context, { studyUid: ["2.25.1"] });
  await archive.close();
  const layout = layoutOf(options.dataFolder);
  const manifest = (await readManifest(layout.manifest))!;
  const keyring = await readKeyring(options.keyFile, manifest, randomBytes);
  const tombstones: { retainUntil: number }[] = [];
  for await (const run of readJournal(layout.journal, manifest.archive, keyring))
    for (const { payload } of run) {
      const record = JSON.parse(payload.toString());
      if (record.kind === "delete") tombstones.push(record.target);
    }
  assert.deepEqual(
    tombstones.map(({ retainUntil }) => retainUntil),
    [Date.UTC(2026, 0, 11)],
  );
});

test("the same data set in many objects at once is stored once per batch at most, and all come back", async (t) => {
  const archive = await opened(t);
  const outcomes = await Promise.all(Array.from({ length: 40 }, () => storeDataSet(archive)));
  assert.equal(outcomes.filter((outcome) => outcome.ok && outcome.outcome === "created").length, 1);
  assert.equal(outcomes.filter((outcome) => outcome.ok && outcome.outcome === "duplicate").length, 39);
});

test("what is stored is there after reopening, and the archive verifies", async (t) => {
  const options = await folder(t);
  const archive = await openArchive(options);
  const files = Array.from({ length: 30 }, (_, index) =>
    fileBytes({ instance: `2.25.3.${index}`, pixels: randomBytes(500) }),
  );
  await Promise.all(files.map((bytes) => storeFile(archive, bytes)));
  await archive.close();
  const report = await verifyArchive(options);
  assert.deepEqual(
    { ok: report.ok, objects: report.objects, problems: report.problems },
    { ok: true, objects: 30, problems: [] },
  );
  const again = await opened(t, options);
  for (const [index, bytes] of files.entries()) assert.ok((await bytesOf(again, `2.25.3.${index}`)).equals(bytes));
});

test("a deleted catalogue is rebuilt from the journal", async (t) => {
  const options = await folder(t);
  const archive = await openArchive(options);
  const bytes = fileBytes();
  await storeFile(archive, bytes);
  await archive.close();
  await rm(join(options.dataFolder, "catalogue"), { recursive: true });
  const again = await opened(t, options);
  assert.ok((await bytesOf(again, "2.25.1.1.1")).equals(bytes));
});

test("a deletion hides, destroys nothing, and can be looked behind", async (t) => {
  const archive = await opened(t);
  const bytes = fileBytes();
  await storeFile(archive, bytes);
  assert.deepEqual(await archive.delete(context, { studyUid: ["2.25.1"] }), { instances: 1 });
  assert.deepEqual(await archive.resolve({ studyUid: ["2.25.1"] }), []);
  assert.equal((await archive.statistics()).instances, 0);
  const [version] = await archive.versions("2.25.1.1.1");
  assert.equal(version?.current, false);
  assert.ok(version?.deletedAt);
  await assert.rejects(archive.delete(context, { studyUid: ["2.25.1"] }), { code: "request/not-found" });
  const again = await storeFile(archive, bytes);
  assert.equal(again.ok && again.version, 2);
});

const broken: [name: string, bytes: () => Uint8Array, code: string][] = [
  ["text", () => Buffer.from("hello ".repeat(100)), "object/not-dicom"],
  ["nothing", () => Buffer.alloc(0), "object/not-dicom"],
  ["a truncated file", () => fileBytes({ pixels: randomBytes(1000) }).subarray(0, -100), "object/truncated"],
  ["no Study Instance UID", () => fileBytes({ extra: (ds) => ds.delete(0x0020000d) }), "object/missing-uid"],
  ["a UID that is none", () => fileBytes({ study: "../../etc" }), "object/missing-uid"],
  ["an unknown SOP class", () => fileBytes({ sopClass: "1.2.3.4" }), "object/sop-class"],
  ["an executable preamble", () => Buffer.concat([Buffer.from("MZ"), fileBytes().subarray(2)]), "object/executable"],
];

for (const [name, bytes, code] of broken)
  test(`refused: ${name}`, async (t) => {
    const archive = await opened(t);
    const outcome = await storeFile(archive, bytes());
    assert.deepEqual({ ok: outcome.ok, code: !outcome.ok && outcome.code }, { ok: false, code });
    assert.equal(!outcome.ok && outcome.quarantined, code === "object/executable");
    assert.equal((await archive.statistics()).instances, 0);
    assert.equal((await storeFile(archive, fileBytes())).ok, true);
  });

test("an object over the size limit is refused and leaves nothing behind", async (t) => {
  const options = { ...(await folder(t)), maxObjectSize: 5_000_000 };
  const archive = await opened(t, options);
  const outcome = await storeFile(archive, fileBytes({ pixels: randomBytes(6_000_000) }), 100_000);
  assert.equal(!outcome.ok && outcome.code, "object/too-large");
  assert.deepEqual(await readdir(join(options.dataFolder, "vault")), []);
});

test("an aborted upload leaves nothing behind", async (t) => {
  const options = await folder(t);
  const archive = await opened(t, options);
  const bytes = fileBytes({ pixels: randomBytes(9_000_000) });
  const sink = archive.store(context, { form: "file" });
  for (let at = 0; at < 8_000_000; at += 100_000) await sink.write(bytes.subarray(at, at + 100_000));
  sink.abort(new Error("gone"));
  await archive.flush();
  assert.equal((await storeFile(archive, fileBytes())).ok, true);
  assert.deepEqual(
    (await readdir(join(options.dataFolder, "vault"))).filter((name) => name.endsWith(".spool")),
    [],
  );
});

test("many large uploads side by side all arrive, in bounded memory", async (t) => {
  const archive = await opened(t);
  const sums = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const bytes = fileBytes({ instance: `2.25.4.${index}`, pixels: randomBytes(5_000_000) });
      assert.equal((await storeFile(archive, bytes, 60_000)).ok, true);
      return createHash("sha256").update(bytes).digest("hex");
    }),
  );
  for (const [index, sum] of sums.entries())
    assert.equal(
      createHash("sha256")
        .update(await bytesOf(archive, `2.25.4.${index}`))
        .digest("hex"),
      sum,
    );
});

test("an altered byte in a segment is named by the verification and never served", async (t) => {
  const options = await folder(t);
  const archive = await openArchive(options);
  await storeFile(archive, fileBytes({ pixels: Buffer.alloc(100, 7) }));
  await archive.close();
  const vault = join(options.dataFolder, "vault");
  const segment = join(vault, (await readdir(vault))[0]!);
  const bytes = await readFile(segment);
  bytes[bytes.length - 60]! ^= 1;
  await writeFile(segment, bytes);
  const report = await verifyArchive(options);
  assert.equal(report.ok, false);
  assert.match(report.problems[0]!.message, /journal entry 2/);
  const again = await opened(t, options);
  await assert.rejects(bytesOf(again, "2.25.1.1.1"), { code: "storage/corrupt" });
});

test("events and objects that arrive while it closes never harm the journal", async (t) => {
  const options = await folder(t);
  for (let round = 0; round < 5; round++) {
    const archive = await openArchive(options);
    const stores = Array.from({ length: 20 }, (_, index) =>
      storeFile(archive, fileBytes({ instance: `2.25.5.${round}.${index}`, pixels: randomBytes(100_000) })).catch(
        () => {},
      ),
    );
    const event = {
      time: "2026-01-01T00:00:00.000Z",
      activity: "echo",
      status: "success",
      protocol: "dimse",
      operation: "C-ECHO",
      actor: {},
      src_endpoint: {},
    } as const;
    let closing = true;
    const chatter = async (): Promise<void> => {
      for (; closing; await new Promise(setImmediate)) archive.record(event);
    };
    const chattering = chatter();
    await new Promise((resolve) => setTimeout(resolve, round * 7));
    await archive.close();
    closing = false;
    await Promise.all([...stores, chattering]);
    assert.deepEqual((await verifyArchive(options)).problems, []);
  }
});

test("segments that changed places are noticed, never served for one another", async (t) => {
  const options = { ...(await folder(t)), compression: "off" as const };
  for (const instance of ["2.25.61", "2.25.62"]) {
    const archive = await openArchive(options);
    await storeFile(archive, fileBytes({ instance, pixels: randomBytes(500) }));
    await archive.close();
  }
  const [first, second] = ["00000001.hfs", "00000002.hfs"].map((name) => join(options.dataFolder, "vault", name));
  const [one, two] = [await readFile(first!), await readFile(second!)];
  await writeFile(first!, two);
  await writeFile(second!, one);
  const archive = await opened(t, options);
  await assert.rejects(bytesOf(archive, "2.25.61"), { code: "storage/corrupt" });
});

test("a lost holdfast.json is never replaced by a new identity", async (t) => {
  const options = await folder(t);
  await (await openArchive(options)).close();
  await rm(join(options.dataFolder, "holdfast.json"));
  await rm(options.keyFile);
  await assert.rejects(openArchive(options), { code: "storage/format" });
  await assert.rejects(readFile(options.keyFile), { code: "ENOENT" });
});

test("only one process owns a data folder", async (t) => {
  const options = await folder(t);
  await opened(t, options);
  await assert.rejects(openArchive(options), { code: "storage/locked" });
});

test("without its key an archive does not open, and no new key is made for it", async (t) => {
  const options = await folder(t);
  await (await openArchive(options)).close();
  await rm(options.keyFile);
  await assert.rejects(openArchive(options), { code: "storage/key" });
  await assert.rejects(readFile(options.keyFile), { code: "ENOENT" });
});

test("an altered last checkpoint is named, before the archive is opened again and after; a torn one is none", async (t) => {
  const options = await folder(t);
  const { dataFolder, keyFile } = options;
  const { checkpoints } = layoutOf(dataFolder);
  for (const instance of ["2.25.1.1.1", "2.25.1.1.2"]) {
    const archive = await openArchive(options);
    await storeDataSet(archive, { instance });
    await archive.close();
  }
  const whole = await readFile(checkpoints);
  const at = whole.lastIndexOf("\nholdfast/");
  const named = async () => (await verifyArchive({ dataFolder, keyFile, threads: 0 })).problems.map(({ part }) => part);
  await writeFile(checkpoints, Buffer.from(whole).fill(0, at, at + 20));
  assert.ok((await named()).includes("checkpoint"), "bytes that are no checkpoint");
  const torn = await openArchive(options);
  assert.equal(torn.setAside.length, 1);
  await torn.close();
  assert.deepEqual(await named(), []);
  const again = await readFile(checkpoints);
  const last = again.length - 20;
  again[last] = again[last] === 0x41 ? 0x42 : 0x41; // another letter of base64: what loses the form counts as torn
  await writeFile(checkpoints, again);
  assert.deepEqual(await named(), ["checkpoint"]);
  const altered = await openArchive(options);
  assert.equal(altered.setAside.length, 1);
  await altered.close();
  assert.deepEqual(await named(), ["checkpoint"], "it is still told");
});

test("a checkpoint that a power cut took, after witnesses had seen it, is signed anew before anybody is served", async (t) => {
  const options = await folder(t);
  const before = await openArchive(options);
  assert.ok((await storeDataSet(before)).ok);
  await before.close();
  const { checkpoints } = layoutOf(options.dataFolder);
  const signed = await readFile(checkpoints, "utf8");
  await rm(checkpoints);
  await opened(t, options);
  assert.equal(await readFile(checkpoints, "utf8"), signed.slice(signed.lastIndexOf("\n\nholdfast/") + 1));
});
