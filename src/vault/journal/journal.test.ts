import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Keyring, newKeyFile } from "../keys/keyring.ts";
import { entryOverhead, maxEntrySize } from "./entry.ts";
import { readJournal } from "./reader.ts";
import { JournalWriter } from "./writer.ts";

const keyring = new Keyring(newKeyFile("a", "now", randomBytes), randomBytes);

async function scratch(t: { after(action: () => Promise<void>): void }) {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-journal-"));
  t.after(() => rm(folder, { recursive: true }));
  const options = (maxFileSize?: number) => ({
    folder,
    checkpoints: join(folder, "checkpoints"),
    archive: "a",
    origin: "holdfast/a",
    keyring,
    random: randomBytes,
    ...(maxFileSize ? { maxFileSize } : {}),
  });
  return { folder, options };
}

const entry = (text: string) => ({ time: 5, payload: Buffer.from(text) });

async function payloads(folder: string, from = 0): Promise<string[]> {
  const all: string[] = [];
  for await (const run of readJournal(folder, "a", keyring, from))
    all.push(...run.map(({ payload }) => payload.toString()));
  return all;
}

async function onlyFile(folder: string): Promise<string> {
  return join(folder, (await readdir(folder)).find((name) => name.endsWith(".hfj"))!);
}

test("entries come back in order, across files and reopening", async (t) => {
  const { folder, options } = await scratch(t);
  const texts = Array.from({ length: 50 }, (_, index) => `entry ${index}`);
  for (let at = 0; at < 50; at += 10) {
    const writer = await JournalWriter.open(options(1000));
    for (const text of texts.slice(at, at + 10)) await writer.append([entry(text)]);
    await writer.close();
  }
  assert.deepEqual(await payloads(folder), texts);
  assert.deepEqual(await payloads(folder, 33), texts.slice(33));
  assert.ok((await readdir(folder)).filter((name) => name.endsWith(".hfj")).length > 3);
});

test("a write torn at any byte loses nothing that was acknowledged", async (t) => {
  const { folder, options } = await scratch(t);
  await using writer = await JournalWriter.open(options());
  await writer.append([entry("one"), entry("two")]);
  const acknowledged = (await readFile(await onlyFile(folder))).length;
  await writer.append([entry("three"), entry("four")]);
  const whole = await readFile(await onlyFile(folder));
  for (let length = acknowledged; length < whole.length; length += 7) {
    await writeFile(await onlyFile(folder), whole.subarray(0, length));
    const recovered = await JournalWriter.open(options());
    const three = length >= acknowledged + entryOverhead + 5;
    assert.equal(recovered.size, three ? 3 : 2);
    await recovered.append([entry("after")]);
    await recovered[Symbol.asyncDispose]();
    assert.deepEqual(await payloads(folder), three ? ["one", "two", "three", "after"] : ["one", "two", "after"]);
  }
});

test("pages of a torn batch may be missing in its middle", async (t) => {
  const { folder, options } = await scratch(t);
  await using writer = await JournalWriter.open(options());
  await writer.append([entry("one")]);
  const acknowledged = (await readFile(await onlyFile(folder))).length;
  await writer.append([entry("two"), entry("three")]);
  const bytes = await readFile(await onlyFile(folder));
  bytes.fill(0, acknowledged + 10, acknowledged + 80);
  await writeFile(await onlyFile(folder), bytes);
  await using recovered = await JournalWriter.open(options());
  assert.equal(recovered.size, 1);
});

test("damage to an acknowledged entry is refused and named, never cut off", async (t) => {
  const { folder, options } = await scratch(t);
  await using writer = await JournalWriter.open(options());
  for (const text of ["one", "two", "three"]) await writer.append([entry(text)]);
  const path = await onlyFile(folder);
  const bytes = await readFile(path);
  bytes[bytes.indexOf(bytes.subarray(-(entryOverhead + 5))) - 20]! ^= 1;
  await writeFile(path, bytes);
  await assert.rejects(JournalWriter.open(options()), { code: "storage/corrupt", message: /entry 1 is damaged/ });
});

test("a journal cut behind its last checkpoint is refused", async (t) => {
  const { folder, options } = await scratch(t);
  const writer = await JournalWriter.open(options());
  await writer.append([entry("one")]);
  const { length } = await readFile(await onlyFile(folder));
  await writer.append([entry("two")]);
  await writer.close();
  await truncate(await onlyFile(folder), length);
  await assert.rejects(JournalWriter.open(options()), { code: "storage/corrupt", message: /entry 1 is missing/ });
});

test("times never go back", async (t) => {
  const { folder, options } = await scratch(t);
  await using writer = await JournalWriter.open(options());
  await writer.append([{ time: 9, payload: Buffer.from("a") }]);
  await writer.append([{ time: 3, payload: Buffer.from("b") }]);
  const times: number[] = [];
  for await (const run of readJournal(folder, "a", keyring)) times.push(...run.map(({ time }) => time));
  assert.deepEqual(times, [9, 9]);
});

test("an entry too long to be read back is refused, and the journal goes on", async (t) => {
  const { folder, options } = await scratch(t);
  const writer = await JournalWriter.open(options());
  const long = { time: 5, payload: Buffer.alloc(maxEntrySize - entryOverhead + 1) };
  await assert.rejects(writer.append([entry("lost"), long]), { code: "internal/error" });
  await writer.append([entry("one"), { ...long, payload: long.payload.subarray(1) }]);
  await writer.append([entry("two")]);
  await writer.close();
  assert.deepEqual(
    (await payloads(folder)).map((text) => text.length),
    [3, maxEntrySize - entryOverhead, 3],
  );
});

test("two appends at once are refused, and the first stands", async (t) => {
  const { folder, options } = await scratch(t);
  await using writer = await JournalWriter.open(options());
  const first = writer.append([entry("one")]);
  await assert.rejects(writer.append([entry("two")]), { code: "internal/error" });
  await first;
  await writer.append([entry("three")]);
  assert.deepEqual(await payloads(folder), ["one", "three"]);
});
