/** From a hostile act to the closed gate, through everything real: DICOM client, journal, engine, policy, gate. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { makeObject } from "../support/made-object.ts";
import { need } from "../support/need.ts";
import { killServers, type ServerProcess, startServer } from "../support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-containment-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

const storescu = (server: ServerProcess, title: string, file: string) =>
  spawnSync("storescu", ["-aet", title, "-aec", "HOLDFAST", "127.0.0.1", String(server.dicomPort), file]).status;

function fileOf(name: string, bytes: Uint8Array): string {
  const path = join(root, name);
  writeFileSync(path, bytes);
  return path;
}

interface Alert {
  invariant: boolean;
  subject: { principal: string };
  decision?: { mode: string; measures: { action: string; outcome: string }[] };
}

test("an executable in a preamble closes the gate to its sender's writes, by the policy a new archive has", {
  skip: need("storescu"),
}, async () => {
  const server = await startServer(join(mkdtempSync(join(root, "data-")), "data"));
  for (const instance of [1, 2, 3]) {
    const file = fileOf(`${instance}.dcm`, makeObject({ instance }).file);
    assert.equal(storescu(server, "GOOD", file), 0);
  }
  const bytes = Buffer.from(makeObject({ instance: 9 }).file);
  bytes.write("MZ", 0, "latin1");
  // DCMTK makes a preamble of its own, so the file goes in over the web, where the sender is this machine.
  const body = Buffer.concat([
    Buffer.from("\r\n--cut\r\nContent-Type: application/dicom\r\n\r\n"),
    bytes,
    Buffer.from("\r\n--cut--\r\n"),
  ]);
  const type = 'multipart/related; type="application/dicom"; boundary=cut';
  await fetch(`${server.url}/dicom-web/studies`, { method: "POST", headers: { "content-type": type }, body });
  let alerts: Alert[] = [];
  for (let tries = 0; alerts.length === 0 && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    alerts = ((await (await fetch(`${server.url}/api/v1/alerts`)).json()) as { alerts: Alert[] }).alerts;
  }
  const [alert] = alerts;
  assert.equal(alert?.invariant, true);
  assert.equal(alert?.subject.principal, "local");
  assert.equal(alert?.decision?.mode, "automatic");
  assert.deepEqual(
    alert?.decision?.measures.map(({ action, outcome }) => [action, outcome]),
    [["read-only", "taken"]],
  );
  const refused = await fetch(`${server.url}/dicom-web/studies`, {
    method: "POST",
    headers: { "content-type": type },
    body,
  });
  assert.equal(refused.status, 403);
  assert.equal(((await refused.json()) as { code: string }).code, "gate/read-only");
  assert.equal(storescu(server, "GOOD", fileOf("4.dcm", makeObject({ instance: 4 }).file)), 0);
  assert.equal((await fetch(`${server.url}/dicom-web/studies`)).status, 200);
});
