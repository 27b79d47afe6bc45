import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { makeObject } from "../../test/support/made-object.ts";
import { killServers, mainFile, startServer } from "../../test/support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-restore-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

const holdfast = (...words: string[]) => spawnSync(process.execPath, [mainFile, ...words], { encoding: "utf8" });

interface Status {
  archive: { journalEntries: number };
  replicas: { entries: number; recoveryPoint?: string; failures: number }[];
}

test("a served archive replicates by itself; from the replica and the key alone it is whole again", async () => {
  const [data, key, replica, config] = ["data", "key.json", "replica", "c.json"].map((name) => join(root, name));
  writeFileSync(config!, JSON.stringify({ keyFile: key, replicas: [{ to: replica }] }));
  const server = await startServer(data!, ["--config", config!]);
  const { file, sopInstanceUid } = makeObject();
  writeFileSync(join(root, "a.dcm"), file);
  assert.equal(holdfast("import", "--url", server.url, join(root, "a.dcm"), "--data", data!).status, 0);
  const status = async () => (await (await fetch(`${server.url}/api/v1/status`)).json()) as Status;
  const wanted = (await status()).archive.journalEntries;
  while ((await status()).replicas[0]!.entries < wanted) await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal((await status()).replicas[0]!.failures, 0);
  assert.match(
    await (await fetch(`${server.url}/metrics`)).text(),
    /^holdfast_replica_recovery_point_timestamp_seconds\{replica="0"\} [1-9]/m,
  );
  assert.equal(await server.stop(), 0);
  rmSync(data!, { recursive: true });
  const words = ["--data", join(root, "new"), "--key-file", key!];
  const restored = holdfast("restore", "--from", replica!, ...words);
  assert.deepEqual([restored.status, restored.stderr], [0, ""]);
  assert.equal(holdfast("verify", ...words).status, 0);
  assert.equal(holdfast("export", "--instance", sopInstanceUid, "--out", join(root, "out"), ...words).status, 0);
  const [name] = readdirSync(join(root, "out"), { recursive: true, encoding: "utf8" }).filter((each) =>
    each.endsWith(".dcm"),
  );
  assert.ok(readFileSync(join(root, "out", name!)).equals(file));
  assert.match(holdfast("restore", "--from", replica!, ...words).stderr, /^request\/conflict/);
  assert.match(
    holdfast("restore", "--from", join(root, "nothing"), "--data", join(root, "n2"), "--key-file", key!).stderr,
    /^replica\/none/,
  );
});
