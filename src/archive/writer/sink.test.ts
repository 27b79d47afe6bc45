import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { dataSetBytes } from "../../../test/support/objects.ts";
import { explicitLittleEndian } from "../../dicom/index.ts";
import { openArchive } from "../archive.ts";
import type { OpenArchive } from "../open-archive.ts";
import type { RequestContext, StoreHint } from "../types.ts";

const context: RequestContext = { actor: {}, src: { ip: "127.0.0.1" }, protocol: "internal", operation: "C-STORE" };
const hint: StoreHint = {
  form: "dataset",
  transferSyntaxUid: explicitLittleEndian,
  sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  sopInstanceUid: "2.25.1.1.1",
};

async function opened(t: TestContext): Promise<OpenArchive> {
  const base = await mkdtemp(join(tmpdir(), "holdfast-sink-"));
  const archive = await openArchive({ dataFolder: join(base, "data"), keyFile: join(base, "key.json") });
  t.after(async () => {
    await archive.close();
    await rm(base, { recursive: true });
  });
  return archive;
}

test("an object given up while it waits for room cannot be ended, and the archive goes on", async (t) => {
  const archive = await opened(t);
  const sink = archive.store(context, hint);
  const waiting = sink.write(dataSetBytes({ pixels: new Uint8Array(8 * 1024 * 1024) }));
  assert.ok(waiting, "more than may be under way");
  sink.abort(new Error("gone"));
  await waiting;
  sink.write(new Uint8Array(1024 * 1024));
  assert.deepEqual(await sink.end(), { ok: false, code: "association/aborted", quarantined: false });
  const next = archive.store(context, hint);
  await next.write(dataSetBytes());
  assert.equal((await next.end()).ok, true);
});
