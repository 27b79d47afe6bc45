/** /metrics of a running server after real operations over DICOM, DICOMweb and the API. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { DataSet, tagOf } from "../../src/dicom/index.ts";
import { associate, echo, find, sopClasses, statuses } from "../../src/dimse/index.ts";
import { send } from "../interop/dimse-archive.ts";
import { makeObject } from "../support/made-object.ts";
import { killServers, type ServerProcess, startServer } from "../support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-metrics-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

const object = makeObject({ patient: "METRICS-7" });
const config = join(root, "holdfast.config.json");
writeFileSync(config, JSON.stringify({ views: [{ aeTitle: "PAST", asOf: "2026-04-20T03:00:00Z" }] }));

const open = ({ dicomPort }: ServerProcess, callingAeTitle: string, calledAeTitle = "HOLDFAST") =>
  associate({
    host: "127.0.0.1",
    port: dicomPort,
    calledAeTitle,
    callingAeTitle,
    contexts: [sopClasses.verification, sopClasses.studyRootFind, object.sopClassUid].map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: ["1.2.840.10008.1.2.1"],
    })),
  });

const everything = (): DataSet =>
  new DataSet().set(tagOf("QueryRetrieveLevel"), "CS", "STUDY").set(tagOf("StudyInstanceUID"), "UI", "");

/** Name and labels, as exposed, to value. */
async function scraped({ url }: ServerProcess): Promise<{ text: string; value(series: string): number | undefined }> {
  const answer = await fetch(`${url}/metrics`);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  const series = new Map(
    [...text.matchAll(/^(\w+(?:\{[^}]*\})?) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
  return { text, value: (name) => series.get(name) };
}

async function post(server: ServerProcess, path: string, body?: object): Promise<Response> {
  const init = body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {};
  return fetch(`${server.url}/api/v1${path}`, { method: "POST", ...init });
}

test("operations, associations, decisions, reads of the past and recovery are counted as they happened", async () => {
  const server = await startServer(join(root, "data"), ["--config", config]);
  const good = await open(server, "GOOD");
  assert.equal((await echo(good)).status, statuses.success);
  assert.equal(await send(good, object), statuses.success);
  for await (const _ of find(good, { sopClassUid: sopClasses.studyRootFind, identifier: everything() }));
  const past = await open(server, "GOOD", "PAST");
  for await (const _ of find(past, { sopClassUid: sopClasses.studyRootFind, identifier: everything() })) assert.fail();
  assert.equal(await send(past, object), statuses.notAuthorized);
  await past.release();
  await assert.rejects(open(server, "GOOD", "NOBODY"), { code: "association/rejected" });

  const bad = await open(server, "BAD");
  const target = { kind: "principal", id: "peer:BAD" };
  const order = { target, action: "read-only", reason: "overwrites whole studies" };
  assert.equal((await post(server, "/containments", order)).status, 200);
  assert.equal(await send(bad, object), statuses.notAuthorized);
  await bad.release();

  const studies = `${server.url}/dicom-web/studies`;
  await (await fetch(`${studies}?as-of=2026-04-20T03:00:00Z`)).arrayBuffer();
  await (await fetch(`${studies}/${object.studyUid}/metadata?as-of=2026-04-20T03:00:00Z`)).arrayBuffer();
  assert.equal((await fetch(`${server.url}/api/v1/damage?principal=ae:GOOD`)).status, 200);
  assert.equal((await fetch(`${server.url}/api/v1/damage?incident=none`)).status, 404);
  assert.equal((await fetch(`${studies}/${object.studyUid}`, { method: "DELETE" })).status, 204);
  assert.equal((await post(server, "/undo?principal=local")).status, 200);
  assert.equal((await post(server, "/undo?principal=local&apply=true")).status, 200);

  const { text, value } = await scraped(server);
  for (const [series, wanted] of Object.entries({
    'holdfast_dicom_operations_total{service="C-ECHO",status="success"}': 1,
    'holdfast_dicom_operations_total{service="C-STORE",status="success"}': 1,
    'holdfast_dicom_operations_total{service="C-STORE",status="failure"}': 2,
    'holdfast_dicom_operations_total{service="C-FIND",status="success"}': 2,
    'holdfast_dicom_past_reads_total{service="C-FIND"}': 1,
    holdfast_dicom_associations_opened_total: 3,
    'holdfast_dicom_associations_rejected_total{code="association/rejected"}': 1,
    holdfast_dicom_associations: 1,
    'holdfast_gate_denials_total{code="gate/read-only"}': 1,
    'holdfast_containments{action="read-only"}': 1,
    'holdfast_http_past_reads_total{route="/dicom-web/studies"}': 1,
    'holdfast_http_past_reads_total{route="/dicom-web/studies/:study/metadata"}': 1,
    'holdfast_recovery_operations_total{operation="damage",outcome="success"}': 1,
    'holdfast_recovery_operations_total{operation="damage",outcome="failure"}': 1,
    'holdfast_recovery_operations_total{operation="undo plan",outcome="success"}': 1,
    'holdfast_recovery_operations_total{operation="undo",outcome="success"}': 1,
    holdfast_recovery_objects_total: 1,
    'holdfast_archive_objects{kind="instances"}': 1,
    holdfast_healthy: 1,
    holdfast_behaviour_up: 1,
  }))
    assert.equal(value(series), wanted, series);
  assert.ok(value('holdfast_gate_decisions_total{effect="permit"}')! >= 10);
  assert.equal(value('holdfast_gate_decisions_total{effect="deny"}'), 1);
  assert.ok(value("process_resident_memory_bytes")! > 0);
  assert.match(text, /^holdfast_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
  for (const name of ["GOOD", "BAD", "PAST", "NOBODY", "METRICS-7", object.studyUid, "127.0.0.1"])
    assert.ok(!text.includes(name), `${name} is in the metrics`);
  await good.release();
  assert.equal(await server.stop(), 0);
});

test("alerts, response and routing are counted: a try that failed, and the delivery", async (t) => {
  let asked = 0;
  const receiver = createServer((_request, response) => response.writeHead(asked++ === 0 ? 503 : 204).end());
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  t.after(() => receiver.close().closeAllConnections());
  const { port } = receiver.address() as AddressInfo;
  const folder = join(root, "routed");
  mkdirSync(folder);
  writeFileSync(join(folder, "hook.secret"), "0123456789abcdef0123456789abcdef");
  const hook = {
    name: "hook",
    type: "webhook",
    url: `http://127.0.0.1:${port}/`,
    secretFile: "hook.secret",
    allowPrivate: true,
  };
  writeFileSync(join(folder, "holdfast.config.json"), JSON.stringify({ response: { routes: [hook] } }));
  const server = await startServer(join(folder, "data"), ["--config", join(folder, "holdfast.config.json")]);
  // An executable in the preamble is an invariant: one is enough.
  const executable = Buffer.from(object.file);
  executable.write("MZ", 0, "latin1");
  await fetch(`${server.url}/dicom-web/studies`, {
    method: "POST",
    headers: { "content-type": "application/dicom" },
    body: executable,
  });
  const delivered = 'holdfast_route_messages_total{route="hook",outcome="delivered"}';
  let scrape = await scraped(server);
  for (let tries = 0; tries < 400 && !(scrape.value(delivered)! >= 1); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    scrape = await scraped(server);
  }
  const { value } = scrape;
  assert.ok(value(delivered)! >= 1);
  assert.equal(value('holdfast_route_messages_total{route="hook",outcome="failed"}'), 1);
  assert.equal(value('holdfast_route_waiting{route="hook"}'), 0);
  assert.equal(value('holdfast_alerts{state="new"}'), 1);
  assert.equal(value("holdfast_behaviour_alerts_total"), 1);
  assert.equal(value("holdfast_response_latency_seconds_count"), 1);
  assert.equal(value('holdfast_containments{action="read-only"}'), 1);
  assert.equal(await server.stop(), 0);
});
