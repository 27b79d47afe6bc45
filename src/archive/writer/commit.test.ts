import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { dataSetBytes } from "../../../test/support/objects.ts";
import type { AccessEvent } from "../../core/index.ts";
import { explicitLittleEndian } from "../../dicom/index.ts";
import { verifyArchive } from "../../vault/index.ts";
import { openArchive } from "../archive.ts";
import type { RequestContext, StoreHint, StoreOutcome } from "../types.ts";

const context: RequestContext = { actor: {}, src: { ip: "127.0.0.1" }, protocol: "internal", operation: "C-STORE" };
const event: AccessEvent = {
  time: "2024-05-01T10:00:00.000Z",
  activity: "query",
  status: "success",
  protocol: "internal",
  operation: "C-FIND",
  actor: {},
  src_endpoint: {},
};
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

test("events of hostile length leave the journal readable", async (t) => {
  const base = await mkdtemp(join(tmpdir(), "holdfast-commit-"));
  t.after(() => rm(base, { recursive: true }));
  const options = { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
  const archive = await openArchive(options);
  const value = "\u0001".repeat(1024);
  const keys = Object.fromEntries(Array.from({ length: 12_000 }, (_, at) => [`${at}`, value]));
  archive.record({ ...event, query: { level: "study", keys } });
  const resources = Array.from({ length: 12_000 }, () => ({ level: "patient" as const, patient_id: value }));
  archive.record({ ...event, resources });
  await archive.close();
  const report = await verifyArchive(options);
  assert.deepEqual({ ok: report.ok, entries: report.entries }, { ok: true, entries: 4 });
  await (await openArchive(options)).close();
});
