import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { makeObject } from "../../test/support/made-object.ts";
import { killServers, mainFile, startServer } from "../../test/support/server.ts";
import { JournalWriter, layoutOf, originOf, readJournal, readKeyring, readManifest } from "../vault/index.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-witnessed-"));
after(() => rmSync(root, { recursive: true }));
const children = new Set<ChildProcess>();
afterEach(() => {
  killServers();
  for (const child of children) child.kill("SIGKILL");
});

const holdfast = (...words: string[]) => spawnSync(process.execPath, [mainFile, ...words], { encoding: "utf8" });

async function startWitness(folder: string, log: string, port = 0) {
  const words = [
    "witness",
    "serve",
    "--data",
    folder,
    "--name",
    "witness.example",
    "--log",
    log,
    "--port",
    String(port),
  ];
  const child = spawn(process.execPath, [mainFile, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const [, url, key] = /^ready witness=(\S+) key=(\S+)\n$/.exec(line.toString())!;
  return {
    url: url!,
    key: key!,
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
      assert.equal(child.exitCode, 0);
    },
  };
}

interface Status {
  archive: { journalEntries: number };
  witnesses: { name: string; entries: number; failures: number; code?: string; alarm: boolean }[];
}

const statusOf = async (url: string) => (await (await fetch(`${url}/api/v1/status`)).json()) as Status;
const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

/** An attacker with the archive's own key: one event of the past is another, everything after is chained and signed anew. */
async function rewriteHistory(data: string, keyFile: string): Promise<void> {
  const layout = layoutOf(data);
  const manifest = (await readManifest(layout.manifest))!;
  const keyring = await readKeyring(keyFile, manifest, randomBytes);
  const old = join(root, "old-journal");
  cpSync(layout.journal, old, { recursive: true });
  rmSync(layout.journal, { recursive: true });
  mkdirSync(layout.journal);
  const writer = await JournalWriter.open({
    folder: layout.journal,
    checkpoints: layout.checkpoints,
    archive: manifest.archive,
    origin: originOf(manifest.archive),
    keyring,
    random: randomBytes,
  });
  let altered = 0;
  for await (const run of readJournal(old, manifest.archive, keyring))
    for (const { time, payload } of run) {
      const record = JSON.parse(payload.toString());
      if (record.kind === "store" && altered++ === 0) record.event.actor = { user: { name: "somebody else" } };
      await writer.append([{ time, payload: Buffer.from(JSON.stringify(record)) }]);
    }
  assert.ok(altered > 0);
  await writer.close();
  rmSync(layout.catalogue, { force: true });
}

test("history rewritten with the archive's own key: verify alone is content, the witness is not", async () => {
  const [data, keyFile, config, witnessFolder] = ["data", "key.json", "c.json", "witness"].map((name) =>
    join(root, name),
  ) as [string, string, string, string];
  writeFileSync(config, JSON.stringify({ keyFile }));
  await (await startServer(data, ["--config", config])).stop();
  const log = holdfast("witness", "log-key", "--data", data).stdout.trim();
  let witness = await startWitness(witnessFolder, log);
  const { port } = new URL(witness.url);
  const alone = join(root, "alone.json");
  writeFileSync(alone, JSON.stringify({ keyFile }));
  writeFileSync(config, JSON.stringify({ keyFile, witnesses: [{ url: witness.url, key: witness.key }] }));

  let server = await startServer(data, ["--config", config]);
  writeFileSync(join(root, "a.dcm"), makeObject().file);
  assert.equal(holdfast("import", "--url", server.url, join(root, "a.dcm"), "--data", data).status, 0);
  const wanted = (await statusOf(server.url)).archive.journalEntries;
  while ((await statusOf(server.url)).witnesses[0]!.entries < wanted) await pause();
  assert.match(await (await fetch(`${server.url}/metrics`)).text(), /^holdfast_witness_alarm\{witness="0"\} 0$/m);

  // It is away for a while: storing does not wait for it, and it catches up with a proof.
  await witness.stop();
  writeFileSync(join(root, "b.dcm"), makeObject().file);
  assert.equal(holdfast("import", "--url", server.url, join(root, "b.dcm"), "--data", data).status, 0);
  while ((await statusOf(server.url)).witnesses[0]!.failures === 0) await pause();
  assert.equal((await statusOf(server.url)).witnesses[0]!.code, "witness/failed");
  witness = await startWitness(witnessFolder, log, Number(port));
  const more = (await statusOf(server.url)).archive.journalEntries;
  while ((await statusOf(server.url)).witnesses[0]!.entries < more) await pause();
  assert.equal(await server.stop(), 0);
  assert.ok(existsSync(layoutOf(data).cosignatures));

  const honest = holdfast("verify", "--data", data, "--config", config);
  assert.equal(honest.status, 0, honest.stdout);
  assert.match(honest.stdout, /^Witness witness\.example \(asked just now\): cosigned \d+ of \d+ entries/m);

  const cosignatures = readFileSync(layoutOf(data).cosignatures);
  await rewriteHistory(data, keyFile);
  assert.equal(holdfast("verify", "--data", data, "--config", alone).status, 0, "its own signatures prove nothing now");
  const asked = holdfast("verify", "--data", data, "--config", config);
  assert.equal(asked.status, 1);
  assert.match(asked.stdout, /is not the one that witness\.example cosigned: it was rewritten/);

  server = await startServer(data, ["--config", config]);
  while (!(await statusOf(server.url)).witnesses[0]!.alarm) await pause();
  assert.equal((await statusOf(server.url)).witnesses[0]!.code, "witness/refused");
  assert.match(await (await fetch(`${server.url}/metrics`)).text(), /^holdfast_witness_alarm\{witness="0"\} 1$/m);
  assert.match(server.stderr(), /ALARM/);
  assert.equal(await server.stop(), 0);

  // The same from the kept cosignatures alone (they lie in the replica too), with the witness out of reach.
  await witness.stop();
  writeFileSync(layoutOf(data).cosignatures, cosignatures);
  const kept = holdfast("verify", "--data", data, "--config", config, "--json");
  assert.equal(kept.status, 1);
  const { problems, witnesses } = JSON.parse(kept.stdout);
  assert.deepEqual([problems[0].part, witnesses[0].asked], ["witness", false]);
});

test("another Holdfast is a witness under /witness", async () => {
  const [data, other] = [join(root, "logged"), join(root, "other")];
  await (await startServer(data)).stop();
  const log = holdfast("witness", "log-key", "--data", data).stdout.trim();
  const witness = await startServer(other, ["--log-level", "info"], {
    HOLDFAST_WITNESS_NAME: "other.example",
    HOLDFAST_WITNESS_LOGS: JSON.stringify([log]),
  });
  const key = /"key":"(other\.example\+[^"]+)"/.exec(witness.stderr())![1]!;
  const config = join(root, "logged.json");
  writeFileSync(config, JSON.stringify({ witnesses: [{ url: `${witness.url}/witness`, key }] }));
  const server = await startServer(data, ["--config", config]);
  while ((await statusOf(server.url)).witnesses[0]!.entries === 0) await pause();
  assert.equal(await server.stop(), 0);
  const verified = spawnSync(process.execPath, [mainFile, "verify", "--data", data, "--config", config], {
    encoding: "utf8",
    env: { ...process.env, XDG_CONFIG_HOME: join(root, "config") },
  });
  assert.match(verified.stdout, /^Witness other\.example \(asked just now\): cosigned/m);
  assert.equal(verified.status, 0);
  assert.equal(await witness.stop(), 0);
});
