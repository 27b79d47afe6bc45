import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeObject } from "../../../test/support/made-object.ts";
import { openArchive } from "../../archive/index.ts";
import { runHere } from "../testing/command.ts";

const cwd = mkdtempSync(join(tmpdir(), "holdfast-retention-"));
after(() => rmSync(cwd, { recursive: true }));

test("holds, retention and collection on the command line", async () => {
  const [data, key] = [join(cwd, "data"), join(cwd, "key.json")];
  writeFileSync(join(cwd, "site.json"), JSON.stringify({ data, keyFile: key, retentionDays: 0 }));
  const { file, studyUid } = makeObject({ patient: "A" });
  writeFileSync(join(cwd, "object.dcm"), file);
  const run = async (...words: string[]) => {
    const { code, stdout } = await runHere([...words, "--config", join(cwd, "site.json"), "--json"], cwd);
    return { code, told: stdout === "" ? undefined : JSON.parse(stdout.trim().split("\n").at(-1)!) };
  };
  const remove = async (): Promise<void> => {
    await using archive = await openArchive({ dataFolder: data, keyFile: key, retentionDays: 0 });
    await archive.delete({ actor: {}, src: {}, protocol: "internal", operation: "test" }, { studyUid: [studyUid] });
  };
  assert.equal((await run("import", join(cwd, "object.dcm"))).code, 0);
  assert.equal((await run("holds", "set", "case", "--patient", "A", "--reason", "by order")).code, 0);
  await assert.rejects(remove(), { code: "storage/hold" });
  assert.deepEqual(
    (await run("holds", "list")).told.map(({ id }: { id: string }) => id),
    ["case"],
  );
  assert.equal((await run("holds", "remove", "case")).code, 0);
  assert.equal((await run("holds", "remove", "case")).code, 1);
  assert.equal((await run("retention", "set", "many")).code, 2);
  assert.equal((await run("retention", "set", "2")).told.days, 2);
  await remove();
  assert.deepEqual((await run("collect")).told, { segments: [], bytes: 0, done: true });
  assert.equal((await run("retention", "set", "0")).told.days, 0);
  assert.deepEqual((await run("retention", "list")).told[0].days, 0);
  const { told } = await run("collect", "--dry-run");
  assert.deepEqual([told.segments, told.done], [[], false], "the tombstone's own term stays");
  assert.equal(readdirSync(join(data, "vault")).filter((name) => name.endsWith(".hfs")).length, 1);
});

test("what was deleted under a short term is given back", async () => {
  const [data, key] = [join(cwd, "other"), join(cwd, "other.json")];
  writeFileSync(join(cwd, "other-site.json"), JSON.stringify({ data, keyFile: key, retentionDays: 0 }));
  const run = async (...words: string[]) =>
    JSON.parse((await runHere([...words, "--config", join(cwd, "other-site.json"), "--json"], cwd)).stdout.trim());
  {
    await using archive = await openArchive({ dataFolder: data, keyFile: key, retentionDays: 0 });
    const context = { actor: {}, src: {}, protocol: "internal" as const, operation: "test" };
    const { file, studyUid } = makeObject({ patient: "A" });
    const sink = archive.store(context, { form: "file" });
    await sink.write(file);
    assert.ok((await sink.end()).ok);
    await archive.delete(context, { studyUid: [studyUid] });
  }
  const dry = await run("collect", "--dry-run");
  assert.deepEqual([dry.segments, dry.done, dry.bytes > 0], [[1], false, true]);
  assert.deepEqual(readdirSync(join(data, "vault")), ["00000001.hfs"]);
  assert.deepEqual(await run("collect"), { ...dry, done: true });
  assert.deepEqual(readdirSync(join(data, "vault")), ["collected"]);
  assert.equal((await runHere(["verify", "--config", join(cwd, "other-site.json")], cwd)).code, 0);
});

test("an erasure is ordered, confirmed, listed and taken back on the command line", async () => {
  const [data, key] = [join(cwd, "third"), join(cwd, "third.json")];
  const own = ["--data", data, "--key-file", key];
  const run = async (...words: string[]) => {
    const { code, stdout } = await runHere([...words, ...own, "--json"], cwd);
    return { code, told: stdout === "" ? undefined : JSON.parse(stdout.trim().split("\n").at(-1)!) };
  };
  assert.equal((await run("import", join(cwd, "object.dcm"))).code, 0);
  const ask = (patient: string) => run("erasures", "ask", "one", "--patient", patient, "--reason", "by request");
  assert.equal((await ask("NOBODY")).code, 1);
  assert.equal((await ask("A")).told.dueAt, undefined);
  const { askedAt, dueAt } = (await run("erasures", "confirm", "one")).told;
  assert.ok(dueAt - askedAt >= 14 * 24 * 60 * 60 * 1000);
  assert.deepEqual(
    (await run("erasures", "list")).told.map(({ id }: { id: string }) => id),
    ["one"],
  );
  assert.equal((await run("erasures", "remove", "one")).code, 0);
  assert.deepEqual((await run("erasures", "list")).told, []);
});
