import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { dataSetBytes } from "../../../test/support/objects.ts";
import { explicitLittleEndian } from "../../dicom/index.ts";
import { openArchive } from "../archive.ts";
import type { RequestContext, StoreHint, StoreOutcome } from "../types.ts";

const context: RequestContext = { actor: {}, src: { ip: "127.0.0.1" }, protocol: "internal", operation: "C-STORE" };
const hint: StoreHint = {
  form: "dataset",
  transferSyntaxUid: explicitLittleEndian,
  sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  sopInstanceUid: "2.25.1.1.1",
};

test("the same object sent several times at once is refused each time when it cannot be written", async (t) => {
  const base = await mkdtemp(join(tmpdir(), "holdfast-commit-"));
  const archive = await openArchive({ dataFolder: join(base, "data"), keyFile: join(base, "key.json") });
  t.after(async () => {
    await archive.close();
    await rm(base, { recursive: true });
  });
  const send = async (): Promise<StoreOutcome> => {
    const sink = archive.store(context, hint);
    await sink.write(dataSetBytes());
    return sink.end();
  };
  await rm(join(base, "data", "vault"), { recursive: true });
  const outcomes = await Promise.all(Array.from({ length: 8 }, send));
  assert.deepEqual(new Set(outcomes.map(({ ok }) => ok)), new Set([false]));
  assert.deepEqual(await archive.resolve({ sopInstanceUid: ["2.25.1.1.1"] }), []);
});
