import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { JournaledKeys } from "../keys/journaled-keys.ts";
import { Keyring, newKeyFile } from "../keys/keyring.ts";
import { ObjectKeys } from "../keys/object-keys.ts";
import { openRecord, type RecordLocation } from "../object/reader.ts";
import { SegmentFiles } from "./cache.ts";
import { SegmentWriter } from "./writer.ts";

const keyring = new Keyring(newKeyFile("a", "now", randomBytes), randomBytes);
const keys = new ObjectKeys(keyring, new JournaledKeys());

async function scratch(t: { after(action: () => Promise<void>): void }, compress = false, maxSegmentSize = 1 << 20) {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-vault-"));
  const compression = { allows: () => compress, spent: () => {} };
  const options = { folder, archive: "a", keyring, compression, maxSegmentSize };
  const writer = await SegmentWriter.open(options);
  const files = new SegmentFiles(folder, 2);
  t.after(async () => {
    await writer.close();
    await files.close();
    await rm(folder, { recursive: true });
  });
  return { folder, options, writer, files };
}

type Scratch = Awaited<ReturnType<typeof scratch>>;

async function store({ writer }: Scratch, prefix: Buffer, chunks: Uint8Array[], spillAfter = Number.POSITIVE_INFINITY) {
  const object = writer.begin();
  for (const [index, chunk] of chunks.entries()) {
    object.builder.add(chunk, true);
    if (index >= spillAfter) await object.spill(prefix);
  }
  const digest = object.builder.digest();
  const [location] = await writer.write([{ object, prefix, digest, elsewhere: false }]);
  return location!;
}

async function load({ files }: Scratch, location: RecordLocation, start?: number, end?: number) {
  const record = await openRecord(files, keys, location);
  const body: Buffer[] = [];
  for await (const chunk of record.body(start, end)) body.push(chunk);
  return { prefix: record.prefix, body: Buffer.concat(body), digest: record.digest };
}

const chunkLists = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { maxLength: 6 });

for (const compress of [false, true])
  test(`objects come back byte for byte, any chunking, spooled or not, ${compress ? "compressed" : "raw"}`, async (t) => {
    const vault = await scratch(t, compress, 4000);
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        chunkLists,
        fc.nat(6),
        fc.nat(9000),
        fc.nat(9000),
        async (prefix, chunks, spill, a, b) => {
          const body = Buffer.concat(chunks);
          const location = await store(vault, Buffer.from(prefix), chunks, spill);
          const found = await load(vault, location);
          assert.deepEqual(found.body, body);
          assert.deepEqual(found.prefix, Buffer.from(prefix));
          assert.deepEqual(found.digest, createHash("sha256").update(body).digest());
          const part = await load(vault, location, Math.min(a, b), Math.max(a, b));
          assert.deepEqual(part.body, body.subarray(Math.min(a, b), Math.max(a, b)));
        },
      ),
      { numRuns: 60 },
    );
  });

test("compression pays on compressible bytes and is left out where it does not", async (t) => {
  const vault = await scratch(t, true);
  const plain = Buffer.alloc(100_000, "abcdefgh");
  assert.ok((await store(vault, Buffer.alloc(0), [plain])).length < 5_000);
  assert.ok((await store(vault, Buffer.alloc(0), [randomBytes(100_000)])).length > 100_000);
});

test("every altered byte of a record is noticed", async (t) => {
  const vault = await scratch(t);
  const location = await store(vault, Buffer.from("header"), [Buffer.from("some data set bytes")]);
  const path = join(vault.folder, (await readdir(vault.folder))[0]!);
  const sound = await readFile(path);
  for (let at = location.offset; at < location.offset + location.length; at++) {
    const bytes = Buffer.from(sound);
    bytes[at]! ^= 0x10;
    await writeFile(path, bytes);
    await assert.rejects(load(vault, location), /./, `byte ${at - location.offset}`);
  }
});

test("nothing of an object is readable in the files", async (t) => {
  const vault = await scratch(t);
  await store(vault, Buffer.from("HEADER-SECRET"), [Buffer.from("BODY-SECRET")]);
  const bytes = await readFile(join(vault.folder, (await readdir(vault.folder))[0]!));
  assert.equal(bytes.includes("SECRET"), false);
});

test("a spool that was never finished is gone after reopening, and no segment is written again", async (t) => {
  const vault = await scratch(t);
  await store(vault, Buffer.from("p"), [Buffer.from("kept")]);
  const object = vault.writer.begin();
  object.builder.add(Buffer.alloc(100), false);
  await object.spill(Buffer.from("p"));
  assert.equal((await readdir(vault.folder)).length, 2);
  const reopened = await SegmentWriter.open(vault.options);
  assert.equal((await readdir(vault.folder)).length, 1);
  const again = await store({ ...vault, writer: reopened }, Buffer.from("p"), [Buffer.from("more")]);
  assert.equal(again.segment, 2);
  await reopened.close();
  await object.discard();
});

test("a record whose data set lies elsewhere holds the prefix only", async (t) => {
  const vault = await scratch(t);
  const object = vault.writer.begin();
  object.builder.add(Buffer.alloc(50_000, 1), false);
  const digest = object.builder.digest();
  const [location] = await vault.writer.write([{ object, prefix: Buffer.from("p"), digest, elsewhere: true }]);
  assert.ok(location!.length < 300);
  assert.equal((await load(vault, location!)).body.length, 0);
});
