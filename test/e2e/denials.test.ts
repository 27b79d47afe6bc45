/** A refusal can be traced: the log tells the administrator why, under the number that the client was given. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { statuses } from "../../src/dimse/index.ts";
import { connect, send } from "../interop/dimse-archive.ts";
import { makeObject } from "../support/made-object.ts";
import { killServers, type ServerProcess, startServer } from "../support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-denials-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

async function post({ url }: ServerProcess, path: string, body?: object): Promise<Response> {
  const init = body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {};
  return fetch(`${url}/api/v1${path}`, { method: "POST", ...init });
}

const linesOf = (server: ServerProcess): Record<string, string>[] =>
  server
    .stderr()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));

test("denials over HTTP and DICOM are logged with their reason, by the request and the association", async () => {
  const server = await startServer(join(root, "data"));
  const { token } = (await (
    await post(server, "/keys", { name: "reader", role: "service", scopes: ["query"], days: 1 })
  ).json()) as { token: string };
  const object = makeObject();
  const refused = await fetch(`${server.url}/dicom-web/studies/${object.studyUid}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(refused.status, 403);
  const order = { target: { kind: "principal", id: "peer:BAD" }, action: "read-only", reason: "overwrites studies" };
  assert.equal((await post(server, "/containments", order)).status, 200);
  const association = await connect(server.dicomPort, [object], undefined, "BAD");
  assert.equal(await send(association, object), statuses.notAuthorized);
  await association.release();
  const refuse = { target: { kind: "principal", id: "peer:WORSE" }, action: "refuse", reason: "deletes studies" };
  assert.equal((await post(server, "/containments", refuse)).status, 200);
  await assert.rejects(connect(server.dicomPort, [object], undefined, "WORSE"), { code: "association/rejected" });
  assert.equal(await server.stop(), 0);
  const told = (code: string, msg: string) =>
    linesOf(server).find((line) => line["code"] === code && line["msg"] === msg);
  const overHttp = told("gate/scope", "denied");
  assert.equal(overHttp?.["request"], refused.headers.get("x-request-id"));
  assert.match(overHttp?.["reason"] ?? "", /restricted to some actions, and delete is not among them; widen its scope/);
  const overDicom = told("gate/read-only", "denied");
  assert.match(overDicom?.["association"] ?? "", /^[\w-]{8,}$/);
  assert.match(overDicom?.["reason"] ?? "", /^store by peer:BAD: containment .*overwrites studies/);
  const association2 = told("gate/contained", "association refused");
  assert.equal(association2?.["aeTitle"], "WORSE");
  assert.match(association2?.["reason"] ?? "", /deletes studies/);
});

test("no two requests have one number, and so no two undos, before and after a restart", async () => {
  const data = join(root, "numbers");
  const numbers: string[] = [];
  for (let run = 0; run < 2; run++) {
    const server = await startServer(data);
    for (let i = 0; i < 3; i++) {
      const answer = await post(server, "/undo?principal=ae:NOBODY");
      assert.equal(answer.status, 200);
      numbers.push(answer.headers.get("x-request-id")!, ((await answer.json()) as { id: string }).id);
    }
    assert.equal(await server.stop(), 0);
  }
  assert.equal(new Set(numbers).size, 6, "an undo is named by its request");
});
