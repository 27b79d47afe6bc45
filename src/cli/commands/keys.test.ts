import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeObject } from "../../../test/support/made-object.ts";
import { openArchive } from "../../archive/index.ts";
import { runHere } from "../testing/command.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-keys-"));
after(() => rmSync(root, { recursive: true }));

test("keys are exchanged on the command line; a copy of the key file is due until one is made", async () => {
  const cwd = mkdtempSync(join(root, "a-"));
  const [data, key, file] = ["data", "key.json", "object.dcm"].map((name) => join(cwd, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, makeObject({ patient: "A" }).file);
  const own = ["--data", data, "--key-file", key];
  const run = async (...words: string[]) => {
    const { code, stdout, stderr } = await runHere([...words, ...own, "--json"], cwd);
    return { code, stderr, told: stdout === "" ? undefined : JSON.parse(stdout.trim().split("\n").at(-1)!) };
  };
  assert.equal((await run("import", file)).code, 0);
  assert.deepEqual((await run("keys", "status")).told.copyDue, true);
  assert.equal((await run("keys", "backup", join(cwd, "first"))).code, 0);
  assert.deepEqual((await run("keys", "status")).told.copyDue, false);
  assert.equal((await run("keys", "rotate", "clinic")).told.clinics[0].generation, 2);
  assert.equal((await run("keys", "rotate", "root")).told.root, 2);
  const { told } = await run("keys", "status");
  assert.deepEqual([told.root, told.settled, told.copyDue], [2, true, true]);
  assert.equal(JSON.parse(readFileSync(key, "utf8")).root.generation, 2);
  assert.equal((await run("keys", "seal", join(cwd, "x"), "--to", "nonsense")).code, 2);
  assert.equal((await run("keys", "status")).told.copyDue, true);
  assert.equal((await run("keys", "split", join(cwd, "shares"))).code, 0);
  assert.equal((await run("keys", "status")).told.copyDue, false);
  assert.equal((await run("keys", "upgrade", join(cwd, "second"))).code, 3);
  assert.equal((await run("verify")).code, 0);
});

test("an archive of format 1 is upgraded with a copy in hand", async () => {
  const cwd = mkdtempSync(join(root, "b-"));
  const [data, key, copy] = ["data", "key.json", "copy"].map((name) => join(cwd, name)) as [string, string, string];
  await (await openArchive({ dataFolder: data, keyFile: key })).close();
  const { root: _, ...file } = JSON.parse(readFileSync(key, "utf8"));
  writeFileSync(key, JSON.stringify({ ...file, version: 1 }));
  const own = ["--data", data, "--key-file", key];
  assert.equal((await runHere(["keys", "upgrade", key, ...own], cwd)).code, 2, "the copy exists");
  assert.equal((await runHere(["keys", "upgrade", copy, ...own], cwd)).code, 0);
  assert.ok(readFileSync(copy).equals(readFileSync(key)));
  const told = JSON.parse((await runHere(["keys", "status", ...own, "--json"], cwd)).stdout);
  assert.deepEqual([told.root, told.copyDue], [1, false]);
});
