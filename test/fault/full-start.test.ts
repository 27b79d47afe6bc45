/** An archive whose disk is full starts for reading, also where a broken write has left something to be set aside. */
import assert from "node:assert/strict";
import { appendFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type OpenArchive, openArchive } from "../../src/archive/index.ts";
import { layoutOf } from "../../src/vault/index.ts";
import { makeObject } from "../support/made-object.ts";
import { checkArchive } from "./check.ts";
import { type Acknowledged, send } from "./sender.ts";
import { serve } from "./served.ts";
import { cannotMountTmpfs, SmallDisk } from "./small-disk.ts";

const context = { actor: {}, src: {}, protocol: "internal", operation: "test" };

async function stores(archive: OpenArchive): Promise<boolean> {
  const sink = archive.store(context, { form: "file" });
  await sink.write(makeObject().file);
  return (await sink.end()).ok;
}

test("what a broken write has left waits for room; meanwhile everything is read and nothing stored", {
  skip: cannotMountTmpfs() ?? false,
}, async (t) => {
  const disk = new SmallDisk(24);
  const options = { dataFolder: join(disk.folder, "data"), keyFile: join(disk.folder, "key.json") };
  const layout = layoutOf(options.dataFolder);
  const known: Acknowledged = { objects: new Map(), failures: [] };
  const served = await serve({ folder: disk.folder });
  const size = (): number => 10_000;
  await send({ port: served.dicomPort, prefix: "2.25.1", associations: 1, count: 10, size }, known);
  await sleep(4_000); // the catalogue is level and a checkpoint written: what follows needs no room
  served.child.kill("SIGKILL");
  await served.ended;
  const [journal] = (await readdir(layout.journal)).filter((name) => name.endsWith(".hfj"));
  const torn: [path: string, what: string][] = [
    [join(layout.journal, journal!), "half an entry"],
    [layout.checkpoints, "\nholdfast/half a note"],
  ];
  for (const [path, what] of torn) await appendFile(path, what);
  disk.fill();

  for (let start = 0; start < 2; start++) {
    const archive = await openArchive(options);
    assert.equal((await archive.resolve({})).length, 10);
    for (const [path, what] of torn) assert.ok((await readFile(path)).includes(what), "it is left where it was");
    assert.equal(await stores(archive), false);
    await assert.rejects(archive.close(), { code: "storage/full" });
  }
  const archive = await openArchive(options);
  t.after(() => archive.close().catch(() => {}));
  disk.empty();
  assert.equal(await stores(archive), true);
  await archive.close();
  for (const [path, what] of torn) {
    assert.ok(!(await readFile(path)).includes(what));
    const beside = await readdir(join(path, ".."));
    const kept = beside.filter((name) => join(path, "..", name).startsWith(`${path}.torn-`));
    assert.equal(kept.length, 1);
    assert.ok((await readFile(join(path, "..", kept[0]!))).includes(what));
  }
  await checkArchive(disk.folder, known);
  disk.remove();
});
