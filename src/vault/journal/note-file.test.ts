import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isCheckpoint, signCheckpoint, verifierKey } from "./checkpoint.ts";
import { NoteFile } from "./note-file.ts";
import { readCheckpointNotes } from "./notes.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
const origin = "holdfast/a";
const isSigned = (note: string): boolean => isCheckpoint(note, verifierKey(origin, raw));
const noteOf = (size: number): string =>
  signCheckpoint({ origin, size, root: Buffer.alloc(32, size) }, privateKey, raw);

async function written(t: TestContext, ...sizes: number[]) {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-notes-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "checkpoints");
  const file = await NoteFile.open(path, isSigned);
  for (const size of sizes) await file.append(noteOf(size));
  await file.close();
  return { folder, path, bytes: await readFile(path) };
}

test("a last note of which any sector was never written is set aside, and those before it stand", async (t) => {
  const { folder, path, bytes } = await written(t, 1, 2);
  const last = bytes.lastIndexOf(noteOf(2));
  for (let from = last; from < bytes.length; from += 11)
    for (const to of [from + 13, bytes.length]) {
      const torn = Buffer.from(bytes).fill(0, from, Math.min(to, bytes.length));
      await writeFile(path, torn);
      const file = await NoteFile.open(path, isSigned);
      assert.equal(file.newest, noteOf(1));
      assert.deepEqual(await readFile(join(folder, file.setAside!)), torn.subarray(last - 1));
      await file.append(noteOf(3));
      await file.close();
      assert.deepEqual(await readCheckpointNotes(path), [noteOf(1), noteOf(3)]);
    }
});

test("a note cut short at any byte is set aside", async (t) => {
  const { path, bytes } = await written(t, 1, 2);
  for (let length = bytes.lastIndexOf(noteOf(2)); length < bytes.length; length += 9) {
    await writeFile(path, bytes.subarray(0, length));
    await using file = await NoteFile.open(path, isSigned);
    assert.equal(file.newest, noteOf(1));
    assert.ok(file.setAside);
  }
});

test("whole notes are left as they are, and nothing is set aside", async (t) => {
  const { folder, path, bytes } = await written(t, 1, 2);
  await using file = await NoteFile.open(path, isSigned);
  assert.equal(file.newest, noteOf(2));
  assert.equal(file.setAside, undefined);
  assert.deepEqual(await readFile(path), bytes);
  assert.deepEqual(await readdir(folder), ["checkpoints"]);
});

test("only the last note can be one that was never durable", async (t) => {
  const { path, bytes } = await written(t, 1, 2, 3);
  const altered = Buffer.from(bytes.toString().replace(noteOf(2), noteOf(2).replace("\n2\n", "\n4\n")));
  await writeFile(path, Buffer.from(altered.toString().replace(noteOf(3), noteOf(3).replace("\n3\n", "\n5\n"))));
  await using file = await NoteFile.open(path, isSigned);
  assert.match(file.newest!, /\n4\n/, "what is not signed is handed on, for the journal to refuse");
});
