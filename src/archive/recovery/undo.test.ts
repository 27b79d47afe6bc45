import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type MadeObject, makeObject } from "../../../test/support/made-object.ts";
import { parseSelector, reportOf } from "../../recovery/index.ts";
import { verifyArchive } from "../../vault/index.ts";
import { type Archive, type OpenArchive, openArchive, type RequestContext } from "../index.ts";
import { rebuildCatalogue } from "../rebuild/index.ts";
import { assess, undo } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-undo-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

const by = (name: string): RequestContext => ({
  actor: { user: { name } },
  src: { ip: "192.0.2.1" },
  protocol: "api",
  operation: "test",
});

async function put(archive: Archive, who: string, { file }: MadeObject): Promise<void> {
  const sink = archive.store(by(who), { form: "file" });
  await sink.write(file);
  assert.equal((await sink.end()).ok, true);
}

/** SHA-256 of the whole file of every visible instance, by UID. */
async function contents(archive: Archive): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const ref of await archive.resolve({})) {
    const hash = createHash("sha256");
    for await (const chunk of archive.open(ref).file()) hash.update(chunk);
    found[ref.sopInstanceUid] = hash.digest("hex");
  }
  return found;
}

const everything = (name: string) => ({ principals: [parseSelector(name)], from: 0, to: Date.UTC(2100, 0) });
const digest = ({ file }: MadeObject): string => createHash("sha256").update(file).digest("hex");

const undone = (archive: OpenArchive, name: string, id: string, apply = true) =>
  undo({ archive, context: by("anna"), suspicion: everything(name), clock: Date.now, id, apply });

test("undo restores exactly what was attacked, keeps what others did since, and is itself undone", async () => {
  const folder = join(root, String(folders++));
  const options = { dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") };
  const object = (study: number, instance: number, text?: string) =>
    makeObject({ study, instance, ...(text ? { attributes: { StudyDescription: text } } : {}) });
  {
    await using archive = await openArchive(options);
    for (const study of [1, 2, 3, 4])
      for (const instance of [1, 2]) await put(archive, "anna", object(study, instance));
    const before = await contents(archive);
    await archive.delete(by("eve"), { studyUid: [object(1, 1).studyUid] });
    await put(archive, "eve", object(2, 1, "encrypted"));
    await put(archive, "eve", object(3, 1, "encrypted"));
    await put(archive, "eve", object(5, 1, "planted"));
    await archive.delete(by("eve"), { sopInstanceUid: [object(4, 2).sopInstanceUid] });
    await put(archive, "anna", object(3, 1, "corrected"));
    await put(archive, "anna", object(6, 1));
    const attacked = await contents(archive);

    const report = reportOf(await assess(archive, everything("eve")));
    const [tenant] = report.tenants;
    assert.deepEqual(tenant!.byEffect.hidden, { patients: 1, studies: 2, objects: 3 });
    assert.deepEqual([tenant!.byEffect.changed.objects, tenant!.byEffect.created.objects], [2, 1]);
    assert.equal(tenant!.untouched.objects, 4);

    const preview = await undone(archive, "eve", "p", false);
    assert.deepEqual([preview.steps.length, preview.applied], [4, 0]);
    assert.deepEqual(await contents(archive), attacked);

    const outcome = await undone(archive, "eve", "a");
    assert.deepEqual([outcome.applied, outcome.passed.length, outcome.created.length], [4, 0, 1]);
    assert.deepEqual(
      outcome.conflicts.map(({ sopInstanceUid }) => sopInstanceUid),
      [object(3, 1).sopInstanceUid],
    );
    const corrected = object(3, 1, "corrected");
    const restored = {
      ...before,
      [corrected.sopInstanceUid]: digest(corrected),
      [object(5, 1).sopInstanceUid]: digest(object(5, 1, "planted")),
      [object(6, 1).sopInstanceUid]: digest(object(6, 1)),
    };
    assert.deepEqual(await contents(archive), restored);
    assert.equal((await undone(archive, "eve", "again")).applied, 0);

    assert.equal((await undone(archive, "undo:a", "b")).applied, 4);
    assert.deepEqual(await contents(archive), attacked);
    assert.equal((await undone(archive, "undo:b", "c")).applied, 4);
    assert.deepEqual(await contents(archive), restored);
  }

  const verified = await verifyArchive(options);
  assert.deepEqual(verified.problems, []);
  assert.equal((await rebuildCatalogue({ ...options, entries: verified.entries, now: Date.now })).before, "same");
});

test("a step that somebody is faster than is passed over, and what they did stands", async () => {
  const folder = join(root, String(folders++));
  await using archive = await openArchive({ dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") });
  const [first, second] = [makeObject({ instance: 1 }), makeObject({ instance: 2 })];
  for (const each of [first, second]) await put(archive, "anna", each);
  await archive.delete(by("eve"), { studyUid: [first.studyUid] });
  const newer = makeObject({ instance: 1, attributes: { StudyDescription: "again" } });
  const raced: OpenArchive = new Proxy(archive, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "amend") return value.bind(target);
      return async (...amendments: Parameters<OpenArchive["amend"]>) => {
        await put(target, "anna", newer);
        return target.amend(...amendments);
      };
    },
  });
  const outcome = await undone(raced, "eve", "a");
  assert.deepEqual(
    [outcome.applied, outcome.passed.map(({ sopInstanceUid }) => sopInstanceUid)],
    [1, [first.sopInstanceUid]],
  );
  assert.deepEqual(await contents(archive), {
    [first.sopInstanceUid]: digest(newer),
    [second.sopInstanceUid]: digest(second),
  });
});
