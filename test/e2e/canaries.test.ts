/** Canaries from where an operator states them to the alert: in a log from elsewhere, and on a running server. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { promisify } from "node:util";
import { openArchive } from "../../src/archive/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";
import { makeObject } from "../support/made-object.ts";
import { killServers, mainFile, type ServerProcess, startServer } from "../support/server.ts";
import { markPrivate } from "../support/traces/traces.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-canaries-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

const digest = (name: string): string => createHash("sha256").update(name).digest("hex");

const look = (second: number, user: string, patient: string): AccessEvent => ({
  time: new Date(Date.parse("2026-04-20T08:00:00Z") + second * 1000).toISOString(),
  activity: "read",
  status: "success",
  protocol: "dicomweb",
  operation: "WADO-RS",
  actor: { user: { name: user } },
  src_endpoint: { ip: "10.0.0.1" },
  resources: [{ level: "patient", patient_id: patient }],
});

test("analyze --canaries: who touches one is told by name, in any spelling of the file, the patient never", async () => {
  const folder = join(root, "analyze");
  mkdirSync(folder);
  markPrivate("SENTINEL-4711");
  const events = [
    look(0, "anna", "P1"),
    look(1, "ben", "SENTINEL-4711"),
    look(2, "cleo", "SENTINEL-4712"),
    look(3, "anna", "P2"),
  ];
  writeFileSync(join(folder, "log.jsonl"), events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  writeFileSync(
    join(folder, "canaries"),
    `# planted in spring\r\nSENTINEL-4711 # the first\r\n\r\n${digest("SENTINEL-4712").toUpperCase()}\r\n`,
  );
  const run = async (...more: string[]): Promise<{ i: number; actors: string[]; technique: string }[]> => {
    const words = [
      "analyze",
      "--format",
      "events",
      "--scores",
      "scores.jsonl",
      "--alerts",
      "alerts.jsonl",
      ...more,
      "log.jsonl",
    ];
    await promisify(execFile)(process.execPath, [mainFile, ...words], { cwd: folder });
    const text = readFileSync(join(folder, "alerts.jsonl"), "utf8");
    assert.doesNotMatch(text, /SENTINEL/);
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
  const alerts = await run("--canaries", "canaries");
  assert.deepEqual(
    alerts.map(({ i, actors, technique }) => [i, actors, technique]),
    [
      [1, ["ben"], "T1083"],
      [2, ["cleo"], "T1083"],
    ],
  );
  assert.deepEqual(await run(), []);
});

test("behaviour.canaries on a running server: a look at one alerts at once, a look at another patient never does", async () => {
  const data = join(root, "serve", "data");
  const keyFile = join(root, "serve", "key.json");
  const studies = await planted(data, keyFile);
  const server = await startServer(data, ["--key-file", keyFile], {
    HOLDFAST_BEHAVIOUR_CANARIES: JSON.stringify([digest("SENTINEL-9")]),
  });
  await fetch(`${server.url}/dicom-web/studies/${studies.ordinary}/metadata`);
  assert.deepEqual(await alertsOf(server), []);
  await (await fetch(`${server.url}/dicom-web/studies/${studies.canary}/metadata`)).arrayBuffer();
  const [alert, ...others] = await waitForAlert(server);
  assert.deepEqual(others, []);
  assert.match(JSON.stringify(alert), /canary/);
  assert.doesNotMatch(JSON.stringify(alert), /SENTINEL/);
  assert.equal(await server.stop(), 0);
});

/** Planting a canary touches none. */
async function planted(dataFolder: string, keyFile: string): Promise<{ ordinary: string; canary: string }> {
  mkdirSync(join(dataFolder, ".."), { recursive: true });
  await using archive = await openArchive({ dataFolder, keyFile, now: () => Date.now() - 3_600_000 });
  const uids: string[] = [];
  for (const [index, patient] of ["P1", "SENTINEL-9"].entries()) {
    const { file, studyUid } = makeObject({ patient, study: index + 1 });
    const from = { actor: { app: "CT1" }, src: { ip: "192.0.2.1", ae_title: "CT1" } };
    const sink = archive.store({ ...from, protocol: "dimse", operation: "C-STORE" }, { form: "file" });
    await sink.write(file);
    await sink.end();
    uids.push(studyUid);
  }
  return { ordinary: uids[0]!, canary: uids[1]! };
}

async function alertsOf(server: ServerProcess): Promise<object[]> {
  const answer = await fetch(`${server.url}/api/v1/alerts?state=new`);
  assert.equal(answer.status, 200);
  return ((await answer.json()) as { alerts: object[] }).alerts;
}

async function waitForAlert(server: ServerProcess): Promise<object[]> {
  for (;;) {
    const alerts = await alertsOf(server);
    if (alerts.length > 0) return alerts;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
