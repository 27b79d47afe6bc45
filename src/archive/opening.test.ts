/** An archive that could not be opened is let go of: the next try, here or in another process, finds it free. */
import assert from "node:assert/strict";
import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import { layoutOf, lockFolder } from "../vault/index.ts";
import { openArchive } from "./index.ts";
import type { WriterSettings } from "./writer/protocol.ts";

async function made(t: TestContext) {
  const base = await mkdtemp(join(tmpdir(), "holdfast-opening-"));
  t.after(() => rm(base, { recursive: true }));
  const options = { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
  await (await openArchive(options)).close();
  return options;
}

const writer = (workerData: WriterSettings): Worker =>
  new Worker(new URL("./writer/worker.ts", import.meta.url), { workerData });

test("when the reader cannot begin, the writer ends", async (t) => {
  const options = await made(t);
  const reader = (): never => {
    throw new Error("no thread");
  };
  await assert.rejects(openArchive({ ...options, runOn: { writer, reader } }), { message: "no thread" });
  await (await openArchive(options)).close();
});

test("when the journal is damaged, the folder is free again", async (t) => {
  const options = await made(t);
  const layout = layoutOf(options.dataFolder);
  const [name] = await readdir(layout.journal);
  const journal = await open(join(layout.journal, name!), "r+");
  const { size } = await journal.stat();
  await journal.truncate(size - 40);
  await journal.close();
  await assert.rejects(openArchive(options), { code: "storage/corrupt" });
  lockFolder(layout.lock)[Symbol.dispose]();
});
