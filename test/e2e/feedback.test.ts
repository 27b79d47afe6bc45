/** From a person's word to the engine and back: real server, real engine thread, real acts over the web. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { openArchive } from "../../src/archive/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";
import { byLocal, openGate } from "../support/gate.ts";
import { makeObject } from "../support/made-object.ts";
import { killServers, mainFile, type ServerProcess, startServer } from "../support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-feedback-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

const hour = 3_600_000;
const days = 14;
const each = 30;
const thefts = 4;
/** Of risk. */
const noticeable = 0.05;

interface Past {
  dataFolder: string;
  keyFile: string;
  urls: string[];
  /** Of the viewer who will take much. */
  token: string;
  id: string;
}

/** Two weeks in which eight viewers look at four studies an hour each, then objects to be taken. */
async function past(folder: string): Promise<Past> {
  const place = { dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") };
  const start = Math.floor(Date.now() / hour - days * 24) * hour;
  let now = start - hour;
  await using archive = await openArchive({ ...place, now: () => now });
  const gate = await openGate(archive, { clock: () => now });
  const asked = { name: "viewer", role: "oncologist", scopes: ["query", "retrieve"], tenant: "default" } as const;
  const { key, token } = await gate.keys.add(
    { ...asked, scopes: [...asked.scopes], expiresAt: start + 30 * 24 * hour },
    byLocal,
  );
  const names = Array.from({ length: 8 }, (_, i) => (i === 3 ? `key:${key.id}` : `user:viewer${i}`));
  for (let i = 0; i < days * 24 * 32; i++) {
    now = start + i * (hour / 32);
    archive.record(look(now, names[i % 8]!, (i * 7) % 50));
    if (i % 512 === 0) await archive.flush();
  }
  now = Date.now();
  const urls: string[] = [];
  for (let study = 1; study <= each * thefts; study++) {
    const { file, studyUid } = makeObject({ patient: `P${study}`, study, instance: 1 });
    const sink = archive.store(
      { actor: { app: "CT1" }, src: { ip: "192.0.2.1", ae_title: "CT1" }, protocol: "dimse", operation: "C-STORE" },
      { form: "file" },
    );
    await sink.write(file);
    await sink.end();
    urls.push(`/dicom-web/studies/${studyUid}/metadata`);
  }
  return { ...place, urls, token: token!, id: `key:${key.id}` };
}

const look = (time: number, name: string, patient: number): AccessEvent => ({
  time: new Date(time).toISOString(),
  activity: "read",
  status: "success",
  protocol: "dicomweb",
  operation: "WADO-RS",
  actor: { user: { name, type: "person", role: "oncologist" } },
  src_endpoint: { ip: "127.0.0.1" },
  resources: [{ level: "study", patient_id: `H${patient}`, study_uid: `1.2.${patient}` }],
  count: { objects: 1 },
  traffic: { bytes_out: 5_000 },
});

interface Alert {
  id: string;
  /** 0: none was raised. */
  risk: number;
  actors: string[];
}

/** What was recorded is durable, the engine has seen it, and the inbox has swept up what it held. */
async function settled(server: ServerProcess): Promise<void> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  await pause(300);
  for (;;) {
    const { running, lag } = (await call(server, "GET", "/behaviour")) as { running: boolean; lag: number };
    if (running && lag === 0) break;
    await pause(20);
  }
  await pause(1_500);
}

async function call(server: ServerProcess, method: string, path: string, body?: object): Promise<unknown> {
  const headers = body ? { "content-type": "application/json" } : undefined;
  const init = { method, ...(headers ? { headers, body: JSON.stringify(body) } : {}) };
  const answer = await fetch(`${server.url}/api/v1${path}`, init);
  assert.equal(answer.status, 200, `${method} ${path}`);
  return answer.json();
}

function holdfast(server: ServerProcess, ...words: string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [mainFile, ...words, "--url", server.url], (error, stdout) => {
      resolve({ code: error ? Number(error.code) : 0, stdout });
    });
  });
}

test("planned work lowers what it covers until ended; an alert closed as benign what is like it until undone", async () => {
  const base = await past(join(root, "past"));
  const { server, theft } = await serve(base);
  const until = new Date(Date.now() + hour).toISOString();
  const plan = ["--name", base.id, "--host", "127.0.0.0/8", "--reason", "agreed export", "--until", until, "--json"];
  const planned = async (activity: string) => {
    const added = await holdfast(server, "planned-work", "add", ...plan, "--activity", activity);
    assert.equal(added.code, 0);
    return (JSON.parse(added.stdout) as { id: string }).id;
  };
  await planned("delete");
  const id = await planned("read");
  const covered = await theft();
  assert.equal((await holdfast(server, "planned-work", "end", id)).code, 0);
  const shown = (await holdfast(server, "planned-work", "list")).stdout;
  assert.match(shown, /^\S+ key:\S+ from 127.0.0.0\/8: delete .*: agreed export\n$/);
  const full = await theft();
  assert.ok(covered.risk < full.risk - noticeable, `covered ${covered.risk} of ${full.risk}`);

  const close = (alert: Alert, reason: string) => call(server, "POST", `/alerts/${alert.id}/close`, { reason });
  await close(full, "benign");
  const { verdicts } = (await call(server, "GET", "/verdicts")) as { verdicts: { actor: string; by: string }[] };
  assert.deepEqual(
    verdicts.map(({ actor, by }) => [actor, by]),
    [[base.id, "local"]],
  );
  const listed = await holdfast(server, "verdicts", "list");
  assert.match(listed.stdout, new RegExp(`^${full.id} benign ${base.id} in .*burst.* by local .*: benign$`, "m"));
  const trusted = await theft();
  assert.ok(trusted.risk < full.risk - noticeable, `trusted ${trusted.risk} of ${full.risk}`);
  assert.equal((await holdfast(server, "verdicts", "undo", full.id)).code, 0);
  assert.equal((await holdfast(server, "verdicts", "undo", full.id)).code, 1);
  if (trusted.id !== "") await close(trusted, "duplicate");
  const undone = await theft();
  assert.ok(undone.risk > full.risk - noticeable, `undone ${undone.risk} of ${full.risk}`);
  assert.equal(await server.stop(), 0);
});

/** A running server, and a theft of like size each time: the alert that is open when the engine has seen it. */
async function serve({ dataFolder, keyFile, urls, token, id }: Past) {
  const server = await startServer(dataFolder, ["--key-file", keyFile]);
  await settled(server);
  const headers = { authorization: `Bearer ${token}` };
  let taken = 0;
  const theft = async (): Promise<Alert> => {
    for (const url of urls.slice(taken, taken + each))
      await (await fetch(`${server.url}${url}`, { headers })).arrayBuffer();
    taken += each;
    await settled(server);
    const { alerts } = (await call(server, "GET", "/alerts?state=new")) as { alerts: Alert[] };
    return alerts.find(({ actors }) => actors.includes(id)) ?? { id: "", risk: 0, actors: [] };
  };
  return { server, theft };
}
