import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { AccessEvent } from "../core/index.ts";
import { layoutOf } from "../vault/index.ts";
import { openArchive } from "./index.ts";

const event: AccessEvent = {
  time: "2026-04-20T03:00:00.000Z",
  activity: "admin",
  status: "success",
  protocol: "api",
  operation: "peers",
  actor: {},
  src_endpoint: {},
};

async function folder(t: TestContext) {
  const base = await mkdtemp(join(tmpdir(), "holdfast-settings-"));
  t.after(() => rm(base, { recursive: true }));
  return { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
}

test("settings are there after a restart, and after the catalogue was deleted", async (t) => {
  const options = await folder(t);
  {
    await using archive = await openArchive(options);
    await archive.change(event, [
      { collection: "peers", key: "CT1", value: { tenant: "north" } },
      { collection: "peers", key: "CT2", value: 2 },
      { collection: "users", key: "CT1", value: 3 },
    ]);
    await archive.change(event, [
      { collection: "peers", key: "CT2", value: null },
      { collection: "peers", key: "CT3", value: "x" },
    ]);
  }
  const expected = new Map<string, unknown>([
    ["CT1", { tenant: "north" }],
    ["CT3", "x"],
  ]);
  {
    await using archive = await openArchive(options);
    assert.deepEqual(await archive.settings("peers"), expected);
  }
  await rm(join(layoutOf(options.dataFolder).catalogue, ".."), { recursive: true });
  await using archive = await openArchive(options);
  assert.deepEqual(await archive.settings("peers"), expected);
  assert.deepEqual(await archive.settings("none"), new Map());
});

test("a sealed secret opens for its purpose only, and not when altered", async (t) => {
  const options = await folder(t);
  await using archive = await openArchive(options);
  const sealed = archive.seal(Buffer.from("secret"), "totp anna");
  assert.equal(archive.unseal(sealed, "totp anna").toString(), "secret");
  assert.notEqual(archive.seal(Buffer.from("secret"), "totp anna"), sealed);
  assert.throws(() => archive.unseal(sealed, "totp ben"), { code: "storage/key" });
  const altered = Buffer.from(sealed, "base64");
  altered[64]! ^= 1;
  assert.throws(() => archive.unseal(altered.toString("base64"), "totp anna"), { code: "storage/key" });
  assert.throws(() => archive.unseal("", "totp anna"), { code: "storage/key" });
  assert.ok(!(await readFile(options.keyFile, "utf8")).includes("secret"));
});
