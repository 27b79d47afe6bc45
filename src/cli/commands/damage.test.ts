import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeObject } from "../../../test/support/made-object.ts";
import { openArchive } from "../../archive/index.ts";
import type { DamageReport } from "../../recovery/index.ts";
import { runHere } from "../testing/command.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-damage-"));
after(() => rmSync(root, { recursive: true }));

test("damage tells what was hidden, undo tells, does, and is taken back", async () => {
  const object = makeObject();
  const [data, key] = [join(root, "data"), join(root, "key.json")];
  writeFileSync(join(root, "a.dcm"), object.file);
  const run = (...words: string[]) => runHere([...words, "--data", data, "--key-file", key], root);
  assert.equal((await run("import", "a.dcm")).code, 0);
  {
    await using archive = await openArchive({ dataFolder: data, keyFile: key });
    const context = { actor: { user: { name: "eve" } }, src: {}, protocol: "api", operation: "test" };
    await archive.delete(context, { studyUid: [object.studyUid] });
  }
  const report = await run("damage", "user:eve", "--json");
  const { tenants, objects } = JSON.parse(report.stdout) as DamageReport;
  assert.deepEqual(tenants[0]!.byEffect.hidden, { patients: 1, studies: 1, objects: 1 });
  assert.deepEqual(
    objects.map(({ sopInstanceUid, touches }) => [sopInstanceUid, touches.map(({ effect }) => effect)]),
    [[object.sopInstanceUid, ["hidden"]]],
  );
  assert.match((await run("damage", "user:eve")).stdout, /hidden +1 objects of 1 studies and 1 patients/);
  assert.equal((await run("damage", "user:mallory")).code, 1);
  assert.match(
    (await run("undo", "user:eve")).stdout,
    /^Of user:eve .*\nWould be done: 0 objects back .* 1 shown again/,
  );
  const exported = async () => (await run("export", "--all", "--out", join(root, "out"))).code;
  assert.equal(await exported(), 1);
  const undone = await run("undo", "user:eve", "--apply");
  const id = /undo undo:(\S+) --apply/.exec(undone.stdout)?.[1] ?? "";
  assert.equal(await exported(), 0);
  assert.equal((await run("undo", `undo:${id}`, "--apply")).code, 0);
  assert.equal(await exported(), 1);
});
