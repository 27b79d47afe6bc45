import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { fileBytes } from "../../../test/support/objects.ts";
import { layoutOf } from "../../vault/index.ts";
import { openArchive } from "../index.ts";

test("a catalogue of another version is set aside as superseded, an unreadable one as damaged; the latest is kept", async (t) => {
  const base = mkdtempSync(join(tmpdir(), "holdfast-aside-"));
  t.after(() => rmSync(base, { recursive: true }));
  const options = { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
  const { catalogue } = layoutOf(options.dataFolder);
  const instances = async (): Promise<number> => {
    await using archive = await openArchive(options);
    return (await archive.statistics()).instances;
  };
  const aside = () =>
    readdirSync(dirname(catalogue))
      .filter((name) => /\.(superseded|damaged)$/.test(name))
      .map((name) => name.slice(basename(catalogue).length))
      .sort();
  {
    await using archive = await openArchive(options);
    for (const tenant of ["default", "north"]) {
      const context = { actor: {}, src: {}, protocol: "internal", operation: "test" } as const;
      const sink = archive.tenant(tenant).store(context, { form: "file" });
      await sink.write(fileBytes());
      assert.ok((await sink.end()).ok);
    }
  }
  const older = new DatabaseSync(catalogue);
  older.exec("UPDATE state SET schema = schema - 1; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
  older.close();
  assert.equal(await instances(), 1);
  assert.deepEqual(aside(), [".superseded", "@north.superseded"]);
  for (const beside of ["-wal", "-shm"]) rmSync(`${catalogue}${beside}`, { force: true });
  writeFileSync(catalogue, "no database, and longer than a header of SQLite ".repeat(100));
  assert.equal(await instances(), 1);
  assert.deepEqual(aside(), [".damaged", "@north.damaged"]);
});
