import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Keyring, newKeyFile } from "../keys/keyring.ts";
import { listJournal } from "./file.ts";
import { JournalTail } from "./tail.ts";
import { JournalWriter } from "./writer.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-tail-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const archive = "00000000-0000-4000-8000-000000000001";
const keyring = new Keyring(newKeyFile(archive, "2026-04-20T03:00:00.000Z", randomBytes), randomBytes);
const place = { folder, archive, keyring };

async function all(tail: JournalTail, durable: number): Promise<[number, string][]> {
  const found: [number, string][] = [];
  while (tail.position < durable)
    for (const { seq, payload } of await tail.read(durable)) found.push([seq, payload.toString()]);
  return found;
}

test("a tail gives every durable entry once, over files, long entries and from anywhere; no more than is durable", async () => {
  let durable = -1;
  const writer = await JournalWriter.open({
    ...place,
    checkpoints: join(folder, "checkpoints"),
    origin: "holdfast/test",
    random: randomBytes,
    maxFileSize: 20_000,
    onDurable: (size) => {
      durable = size;
    },
  });
  assert.equal(durable, 0);
  const tail = new JournalTail(place, 0);
  const written: [number, string][] = [];
  const seen: [number, string][] = [];
  for (let batch = 0; batch < 60; batch++) {
    const texts = Array.from({ length: 1 + (batch % 5) }, (_, i) =>
      batch === 30 && i === 0 ? "x".repeat(3_000_000) : `${batch} ${i} ${"y".repeat(batch * 20)}`,
    );
    for (const text of texts) written.push([written.length, text]);
    await writer.append(texts.map((text) => ({ time: batch, payload: Buffer.from(text) })));
    if (batch % 3 === 0) seen.push(...(await all(tail, durable)));
  }
  assert.equal(durable, written.length);
  seen.push(...(await all(tail, durable)));
  assert.deepEqual(seen, written);
  assert.ok((await listJournal(folder)).length > 3, "over several files");
  for (const from of [1, 17, 91, 92, 93, durable - 1, durable]) {
    const later = new JournalTail(place, from);
    assert.deepEqual(await all(later, durable), written.slice(from));
    later.close();
  }
  const bounded = new JournalTail(place, 5);
  assert.deepEqual(await all(bounded, 9), written.slice(5, 9));
  assert.deepEqual(await bounded.read(9), []);
  bounded.close();
  tail.close();
  await writer.close();
});

test("what is missing or cut off is named, not waited for", async () => {
  const last = (await listJournal(folder)).at(-1)!;
  const size = last.first + 100;
  const beyond = new JournalTail(place, last.first);
  await assert.rejects(all(beyond, size), { code: "storage/corrupt" });
  truncateSync(last.path, 700);
  const cut = new JournalTail(place, last.first);
  await assert.rejects(all(cut, last.first + 1), { code: "storage/corrupt" });
  for (const tail of [beyond, cut]) tail.close();
});
