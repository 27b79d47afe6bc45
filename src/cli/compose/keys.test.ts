/** The older root key leaves the key file when every replica has what came with the newer one, each time anew. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { makeObject } from "../../../test/support/made-object.ts";
import { openArchive } from "../../archive/index.ts";
import type { AccessEvent } from "../../core/index.ts";
import { keepKeySettled } from "./keys.ts";
import type { Replicas } from "./replicas.ts";

const event = (operation: string): AccessEvent => ({
  time: "2026-04-20T00:00:00.000Z",
  activity: "admin",
  status: "success",
  protocol: "internal",
  operation,
  actor: {},
  src_endpoint: {},
});

test("an exchange that begins as the one before is settled waits for the replicas again", async (t) => {
  const base = await mkdtemp(join(tmpdir(), "holdfast-keys-"));
  t.after(() => rm(base, { recursive: true }));
  const options = { dataFolder: join(base, "data"), keyFile: join(base, "key.json"), erasureDelayDays: 0 };
  await using archive = await openArchive(options);
  const sink = archive.store({ actor: {}, src: {}, protocol: "internal", operation: "test" }, { form: "file" });
  await sink.write(makeObject({ patient: "A" }).file);
  assert.equal((await sink.end()).ok, true);
  const order = { id: "a", tenant: "default", patientId: "A", reason: "asked for", askedBy: "anna" };
  await archive.keeping.exchange(event("root"), { of: "root" });
  await archive.erasures.confirm(await archive.erasures.ask(order, event("ask")), "ben", event("confirm"));

  t.mock.timers.enable({ apis: ["setInterval"] });
  let entries = 0;
  const status = (() => [{ entries }]) as Replicas["status"];
  const end = keepKeySettled(archive, { status }, pino({ level: "silent" }));
  const until = async (root: number, erased: boolean): Promise<void> => {
    for (;;) {
      t.mock.timers.tick(2_000);
      const [first] = await archive.erasures.all();
      if ((await archive.keeping.state()).root === root && (first?.doneAt !== undefined) === erased) return;
      await sleep(10);
    }
  };
  await until(2, true);
  assert.equal(await archive.keeping.unsettled(), true, "no replica has the second root key");
  await archive.flush();
  entries = Number(Atomics.load(new BigInt64Array(archive.durableEntries), 0));
  await until(3, true);
  t.mock.timers.tick(2_000);
  await end();
  assert.equal(await archive.keeping.unsettled(), true, "no replica has the third");
});
