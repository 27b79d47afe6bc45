import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { makeObject } from "../../../test/support/made-object.ts";
import { killServers, startServer } from "../../../test/support/server.ts";
import { runHere } from "../../cli/testing/command.ts";
import type { DamageReport } from "../../recovery/index.ts";
import { defaultPolicy } from "../../response/index.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-recovery-api-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

async function put(studies: string, file: Buffer): Promise<void> {
  const headers = { "content-type": 'multipart/related; type="application/dicom"; boundary=b' };
  const begin = Buffer.from("--b\r\nContent-Type: application/dicom\r\n\r\n");
  const body = Buffer.concat([begin, file, Buffer.from("\r\n--b--\r\n")]);
  assert.equal((await fetch(studies, { method: "POST", headers, body })).status, 200);
}

test("damage and undo over the API, on a running server", async () => {
  const server = await startServer(join(root, "data"));
  const { file, studyUid, sopInstanceUid } = makeObject();
  const studies = `${server.url}/dicom-web/studies`;
  await put(studies, file);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const from = new Date().toISOString();
  assert.equal((await fetch(`${studies}/${studyUid}`, { method: "DELETE" })).status, 204);
  const damage = await fetch(`${server.url}/api/v1/damage?principal=host:127.0.0.1&from=${from}`);
  assert.equal(damage.status, 200);
  const report = (await damage.json()) as { objects: { sopInstanceUid: string; touches: { effect: string }[] }[] };
  assert.deepEqual(
    report.objects.map((object) => [object.sopInstanceUid, object.touches.map(({ effect }) => effect)]),
    [[sopInstanceUid, ["hidden"]]],
  );
  const undo = (more: string) =>
    fetch(`${server.url}/api/v1/undo?principal=host:127.0.0.1&from=${from}${more}`, { method: "POST" });
  assert.equal(((await (await undo("")).json()) as { applied: number }).applied, 0);
  assert.equal((await fetch(`${studies}/${studyUid}/metadata`)).status, 404);
  assert.equal(((await (await undo("&apply=true")).json()) as { applied: number }).applied, 1);
  assert.equal((await fetch(`${studies}/${studyUid}/metadata`)).status, 200);
  assert.equal((await fetch(`${server.url}/api/v1/damage?principal=x&from=yesterday`)).status, 400);
  assert.equal((await fetch(`${server.url}/api/v1/damage`)).status, 400);
  assert.equal(await server.stop(), 0);
});

test("damage and undo of an incident: whom its alerts name, over the API and from the command line", async () => {
  const home = join(root, "incident");
  mkdirSync(home);
  const [canary, other] = [makeObject({ study: 1 }), makeObject({ study: 2 })];
  const behaviour = { canaries: [createHash("sha256").update(canary.studyUid).digest("hex")] };
  writeFileSync(join(home, "holdfast.config.json"), JSON.stringify({ behaviour, response: { policy: "policy.json" } }));
  // Nobody is contained: everybody here is the same account of this machine.
  const noted = defaultPolicy.rules.map((rule) => ({ ...rule, mode: "shadow" }));
  const examples = [{ name: "a little", finding: { risk: 0.3, evidence: [] }, rule: null }];
  writeFileSync(join(home, "policy.json"), JSON.stringify({ ...defaultPolicy, rules: noted, examples }));
  const server = await startServer(join(home, "data"));
  const studies = `${server.url}/dicom-web/studies`;
  for (const { file } of [canary, other]) await put(studies, file);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const stored = new Date().toISOString();
  assert.equal((await fetch(`${studies}/${other.studyUid}`, { method: "DELETE" })).status, 204);
  assert.equal((await fetch(`${studies}/${canary.studyUid}/metadata`)).status, 200);
  const incident = await firstIncident(server.url);
  const report = (await (await fetch(`${server.url}/api/v1/damage?incident=${incident}`)).json()) as DamageReport;
  assert.equal(report.incident, incident);
  const hidden = report.objects.filter(({ touches }) => touches.some(({ effect }) => effect === "hidden"));
  assert.deepEqual(
    hidden.map(({ sopInstanceUid }) => sopInstanceUid),
    [other.sopInstanceUid],
  );
  const brief = await fetch(`${server.url}/api/v1/damage?incident=${incident}&only=figures`);
  const figures = (await brief.json()) as DamageReport;
  const tenants = report.tenants.map((tenant) => ({ ...tenant, untouchedPatients: [] }));
  assert.deepEqual([figures.tenants, figures.objects, figures.searches], [tenants, [], []]);
  const acts = await (await fetch(`${server.url}/api/v1/alerts/${await alertOf(server.url, incident)}/events`)).text();
  assert.deepEqual(
    (JSON.parse(acts) as { events: { activity: string; operation: string }[] }).events
      .filter(({ activity }) => activity === "read")
      .map(({ operation }) => operation),
    ["WADO-RS metadata"],
  );
  for (const secret of [canary.studyUid, canary.sopInstanceUid, "P1"]) assert.ok(!acts.includes(secret));
  assert.equal((await fetch(`${server.url}/api/v1/damage?incident=none`)).status, 404);
  assert.equal((await fetch(`${server.url}/api/v1/damage?incident=${incident}&principal=x`)).status, 400);

  const run = (...words: string[]) => runHere([...words, "--url", server.url, "--json"], home);
  const told = JSON.parse((await run("damage", incident)).stdout) as DamageReport;
  assert.deepEqual([told.principals, told.objects.length], [report.principals, report.objects.length]);
  assert.equal((await run("damage", "user:mallory")).code, 1);
  assert.equal(
    (JSON.parse((await run("undo", incident, "--from", stored, "--apply")).stdout) as { applied: number }).applied,
    1,
  );
  assert.equal((await fetch(`${studies}/${other.studyUid}/metadata`)).status, 200);
  assert.equal(await server.stop(), 0);

  const local = await runHere(["damage", incident, "--data", join(home, "data"), "--json"], home);
  assert.deepEqual((JSON.parse(local.stdout) as DamageReport).principals, report.principals);
});

async function firstIncident(url: string): Promise<string> {
  for (;;) {
    const { incidents } = (await (await fetch(`${url}/api/v1/incidents`)).json()) as { incidents: { id: string }[] };
    if (incidents[0]) return incidents[0].id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function alertOf(url: string, incident: string): Promise<string> {
  const { alerts } = (await (await fetch(`${url}/api/v1/alerts?incident=${incident}`)).json()) as {
    alerts: { id: string }[];
  };
  return alerts[0]!.id;
}
